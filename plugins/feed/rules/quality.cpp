#include "quality.hpp"

#include "words.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace shoal::feed_rules {
namespace {

template <class T>
using Name = std::pair<std::string_view, T>;

// The first of several for one is what we call it.
constexpr Name<Resolution> resolutions[] = {
    {"360p", Resolution::r360p},   {"480p", Resolution::r480p},   {"540p", Resolution::r540p},   {"576p", Resolution::r576p},
    {"720p", Resolution::r720p},   {"1080i", Resolution::r1080i}, {"1080p", Resolution::r1080p}, {"1440p", Resolution::r1440p},
    {"2160p", Resolution::r2160p}, {"4320p", Resolution::r4320p}, {"4k", Resolution::r2160p},    {"uhd", Resolution::r2160p},
    {"8k", Resolution::r4320p},    {"480i", Resolution::r480p},   {"576i", Resolution::r576p},   {"720i", Resolution::r720p},
    {"640x360", Resolution::r360p}, {"848x480", Resolution::r480p}, {"1280x720", Resolution::r720p},
    {"1920x1080", Resolution::r1080p}, {"3840x2160", Resolution::r2160p}};
constexpr Name<Origin> origins[] = {
    {"cam", Origin::cam},        {"ts", Origin::telesync},     {"tc", Origin::telecine},   {"screener", Origin::screener},
    {"tvrip", Origin::tvrip},    {"hdtv", Origin::hdtv},       {"hdrip", Origin::hdrip},   {"dvdrip", Origin::dvdrip},
    {"dvd", Origin::dvd},        {"webrip", Origin::webrip},   {"webdl", Origin::webdl},   {"bdrip", Origin::bdrip},
    {"bluray", Origin::bluray},  {"remux", Origin::remux},     {"hdcam", Origin::cam},     {"camrip", Origin::cam},
    {"hdts", Origin::telesync},  {"telesync", Origin::telesync}, {"hdtc", Origin::telecine}, {"telecine", Origin::telecine},
    {"scr", Origin::screener},   {"dvdscr", Origin::screener}, {"bdscr", Origin::screener}, {"webscr", Origin::screener},
    {"sdtv", Origin::tvrip},     {"dsr", Origin::tvrip},       {"dsrip", Origin::tvrip},   {"dvbrip", Origin::tvrip},
    {"pdtv", Origin::tvrip},     {"hdtvrip", Origin::hdtv},    {"dvd5", Origin::dvd},      {"dvd9", Origin::dvd},
    {"web", Origin::webdl},      {"brrip", Origin::bdrip},     {"bd", Origin::bluray},     {"bdremux", Origin::remux}};
constexpr Name<Codec> codecs[] = {{"mpeg2", Codec::mpeg2}, {"xvid", Codec::xvid}, {"h264", Codec::h264}, {"vp9", Codec::vp9},
                                  {"h265", Codec::h265},   {"av1", Codec::av1},   {"divx", Codec::xvid}, {"x264", Codec::h264},
                                  {"avc", Codec::h264},    {"x265", Codec::h265}, {"hevc", Codec::h265}};

template <class T>
T named(std::span<const Name<T>> names, std::string_view word)
{
    const auto at = std::ranges::find(names, word, &Name<T>::first);
    return at == names.end() ? T::unknown : at->second;
}

template <class T>
std::string_view name_of(std::span<const Name<T>> names, T value)
{
    return std::ranges::find(names, value, &Name<T>::second)->first;
}

std::uint32_t bit(auto value) { return 1U << static_cast<unsigned>(value); }

// "720p", "720p+", "720p-1080p": the bits from the first to the last; 0: no such names.
template <class T>
std::uint32_t range_of(std::span<const Name<T>> names, std::string_view term)
{
    const bool is_open = term.ends_with('+');
    if (is_open) term.remove_suffix(1);
    const auto dash = term.find('-');
    const auto first = named(names, term.substr(0, dash));
    const auto last = dash == term.npos ? first : named(names, term.substr(dash + 1));
    if (first == T::unknown || last == T::unknown || last < first) return 0;
    if (is_open) return ~(bit(first) - 1);
    return (bit(last) << 1) - bit(first);
}

Fit fit_of(std::uint32_t wanted, auto value)
{
    if (wanted == 0) return Fit::yes;
    if (static_cast<int>(value) == 0) return Fit::unknown;
    return (wanted & bit(value)) != 0 ? Fit::yes : Fit::no;
}

// The spellings that have a dash or a blank in them.
std::string without_dashes(std::string_view text)
{
    auto out = lower_case(text);
    constexpr std::pair<std::string_view, std::string_view> spellings[] = {
        {"web-dl", "webdl"}, {"web-rip", "webrip"}, {"blu-ray", "bluray"}, {"h.264", "h264"}, {"h.265", "h265"}};
    for (const auto& [from, to] : spellings) {
        for (auto at = out.find(from); at != out.npos; at = out.find(from)) out.replace(at, from.size(), to);
    }
    return out;
}

} // namespace

Resolution resolution_named(std::string_view word) { return named<Resolution>(resolutions, word); }
Origin origin_named(std::string_view word) { return named<Origin>(origins, word); }
Codec codec_named(std::string_view word) { return named<Codec>(codecs, word); }

std::string Quality::text() const
{
    std::string out;
    const auto add = [&out](std::string_view name) { out += (out.empty() ? "" : " ") + std::string(name); };
    if (resolution != Resolution::unknown) add(name_of<Resolution>(resolutions, resolution));
    if (origin != Origin::unknown) add(name_of<Origin>(origins, origin));
    if (codec != Codec::unknown) add(name_of<Codec>(codecs, codec));
    return out.empty() ? "unknown" : out;
}

Result<QualityWish> QualityWish::parse(std::string_view text)
{
    QualityWish wish;
    wish.text_ = text;
    const auto terms = without_dashes(text);
    for (std::size_t at = 0; at < terms.size();) {
        const auto end = std::min(terms.find_first_of(" ,\t", at), terms.size());
        if (end > at) {
            if (auto taken = wish.take(std::string_view(terms).substr(at, end - at)); !taken) return taken.error();
        }
        at = end + 1;
    }
    if (wish.resolutions_ + wish.origins_ + wish.codecs_ == 0) return make_error(Errc::invalid_argument, "an empty quality");
    return wish;
}

// Alternatives are of one kind: "h264|h265", "720p|1080p".
Result<void> QualityWish::take(std::string_view term)
{
    for (std::size_t at = 0; at <= term.size();) {
        const auto end = std::min(term.find('|', at), term.size());
        const auto one = term.substr(at, end - at);
        const auto resolution = range_of<Resolution>(resolutions, one);
        const auto origin = range_of<Origin>(origins, one);
        const auto codec = range_of<Codec>(codecs, one);
        if (resolution + origin + codec == 0) {
            return make_error(Errc::invalid_argument, "'" + std::string(one) + "' is no quality: write something like 720p, 720p-1080p, "
                                                      "1080p+, webdl, bluray or h265");
        }
        resolutions_ |= resolution;
        origins_ |= origin;
        codecs_ |= codec;
        at = end + 1;
    }
    return {};
}

Fit QualityWish::fit(const Quality& quality) const
{
    const Fit all[] = {fit_of(resolutions_, quality.resolution), fit_of(origins_, quality.origin), fit_of(codecs_, quality.codec)};
    if (std::ranges::find(all, Fit::no) != std::end(all)) return Fit::no;
    return std::ranges::find(all, Fit::unknown) != std::end(all) ? Fit::unknown : Fit::yes;
}

} // namespace shoal::feed_rules
