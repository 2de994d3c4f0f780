#include "release_value.hpp"

#include <string>
#include <string_view>

namespace shoal::feed_rules {
namespace {

std::string_view kind_name(ReleaseKind kind)
{
    switch (kind) {
    case ReleaseKind::episode: return "episode";
    case ReleaseKind::season: return "season";
    case ReleaseKind::absolute: return "absolute";
    case ReleaseKind::daily: return "daily";
    case ReleaseKind::movie: return "movie";
    case ReleaseKind::other: break;
    }
    return "other";
}

void set_number(Value::Map& map, const Release& release)
{
    const bool has_season = release.kind == ReleaseKind::episode || release.kind == ReleaseKind::season;
    if (has_season) map.set("season", release.season);
    if (release.kind == ReleaseKind::season && release.last_season > release.season) map.set("last_season", release.last_season);
    if (release.kind == ReleaseKind::episode || release.kind == ReleaseKind::absolute) {
        map.set("episode", release.episode);
        if (release.last_episode > release.episode) map.set("last_episode", release.last_episode);
    }
    if (release.kind == ReleaseKind::daily) map.set("date", release.number());
    if (release.year != 0) map.set("year", release.year);
}

// Of a quality one part alone has its name as text.
void set_quality(Value::Map& map, const Quality& quality)
{
    map.set("quality", quality.text());
    if (quality.resolution != Resolution::unknown) map.set("resolution", Quality{.resolution = quality.resolution}.text());
    if (quality.origin != Origin::unknown) map.set("source", Quality{.origin = quality.origin}.text());
    if (quality.codec != Codec::unknown) map.set("codec", Quality{.codec = quality.codec}.text());
}

} // namespace

Value::Map release_value(const Item& item)
{
    const auto& release = item.release;
    Value::Map map;
    map.set("key", release.identity(item.words)).set("kind", kind_name(release.kind)).set("name", release.name).set("number", release.number());
    set_number(map, release);
    set_quality(map, release.quality);
    if (!release.group.empty()) map.set("group", release.group);
    if (release.languages != 0) map.set("languages", language_names(release.languages));
    return map.set("revision", release.revision).set("proper", release.revision > 0);
}

} // namespace shoal::feed_rules
