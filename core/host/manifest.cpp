#include "host/manifest.hpp"

#include <algorithm>

namespace shoal::host {

std::string_view scope_name(Scope scope)
{
    switch (scope) {
    case Scope::session: return "session";
    case Scope::torrent: return "torrent";
    case Scope::peer: return "peer";
    }
    return "session";
}

std::string_view type_name(SettingType type)
{
    switch (type) {
    case SettingType::boolean: return "bool";
    case SettingType::integer: return "int";
    case SettingType::real: return "real";
    case SettingType::text: return "text";
    }
    return "text";
}

const Provision* Manifest::provision(std::string_view kind, std::string_view name) const
{
    const auto found = std::ranges::find_if(
        provides, [&](const auto& offer) { return offer.kind == kind && offer.name == name; });
    return found == provides.end() ? nullptr : &*found;
}

const SettingSchema* Manifest::setting(std::string_view name) const
{
    const auto found = std::ranges::find(settings, name, &SettingSchema::name);
    return found == settings.end() ? nullptr : &*found;
}

bool Manifest::permits(std::string_view permission) const
{
    return std::ranges::find(permissions, permission) != permissions.end();
}

bool Manifest::serves(std::string_view scheme) const
{
    return std::ranges::find(schemes, scheme) != schemes.end();
}

std::string_view kind_noun(std::string_view kind)
{
    constexpr std::string_view ours = "shoal.";
    if (!kind.starts_with(ours)) return kind;
    const auto noun = kind.substr(ours.size());
    return noun.substr(0, noun.find('/'));
}

}  // namespace shoal::host
