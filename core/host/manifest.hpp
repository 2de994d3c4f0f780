#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::host {

enum class Scope { session, torrent, peer };

std::string_view scope_name(Scope scope);

enum class SettingType { boolean, integer, real, text };

std::string_view type_name(SettingType type);

// One declared setting.
struct SettingSchema {
    std::string name;
    SettingType type = SettingType::integer;
    control::Value fallback;  // the manifest's "default", of `type`
    std::optional<double> min;
    std::optional<double> max;
    std::vector<std::string> choices;  // texts only; empty: any text
    std::string unit;
    Scope scope = Scope::session;
    bool live = false;  // may change without a new instance
    std::string help;
};

struct Provision {
    std::string kind;  // "shoal.picker/1"
    std::string name;  // "rarest-first"
    Scope scope = Scope::session;
};

// What a plug-in says about itself, checked. The JSON is described in abi/plugin.h. Plain data, immutable
// once parsed.
struct Manifest {
    std::string id;  // reverse DNS
    std::string version;
    std::string license;
    std::string summary;
    std::uint32_t abi_major = 0;
    std::uint32_t abi_minor = 0;  // the lowest it needs
    std::vector<Provision> provides;
    std::vector<std::string> required;  // service ids ("requires" in the JSON)
    std::vector<std::string> optional;
    std::vector<std::string> permissions;
    std::vector<SettingSchema> settings;  // in the manifest's order
    std::vector<std::string> schemes;     // lower case
    bool sim_safe = false;
    std::string text;  // the JSON as written

    const Provision* provision(std::string_view kind, std::string_view name) const;
    const SettingSchema* setting(std::string_view name) const;
    bool permits(std::string_view permission) const;
    bool serves(std::string_view scheme) const;  // lower case
};

// Errors: unsupported when it is made for another ABI (say so, do not blame the plug-in); bad_input for
// everything else that is wrong, naming the member. Members this host does not know are refused, except those
// that begin with "x-".
Result<Manifest> parse_manifest(std::string_view json);

// "shoal.picker/1" -> "picker"; an id of another shape stays as it is.
std::string_view kind_noun(std::string_view kind);

}  // namespace shoal::host
