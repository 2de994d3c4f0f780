#include "host/manifest.hpp"
#include "host/settings.hpp"

#include <shoal/abi/types.h>
#include <shoal/utf8.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>

namespace shoal::host {

namespace {

namespace json = boost::json;
using Object = json::object;

constexpr std::size_t longest_list = 256;
constexpr std::size_t longest_word = 255;
constexpr std::size_t longest_text = 4096;
constexpr std::array permissions_known{"net.http", "net.listen",    "net.udp", "net.multicast",
                                       "net.resolve", "fs.download", "control"};

Error wrong(std::string_view member, std::string_view what)
{
    return make_error(Errc::bad_input, fmt::format("manifest: \"{}\" {}", printable(member), what));
}

std::string_view view(const json::string& text)
{
    return {text.data(), text.size()};
}

std::string_view view(json::string_view text)
{
    return {text.data(), text.size()};
}

// A member that nobody here knows is a typing error or needs a newer host; either must be heard of.
Result<void> only_known(const Object& object, std::initializer_list<std::string_view> known)
{
    for (const auto& member : object) {
        const auto key = view(member.key());
        if (!key.starts_with("x-") && std::ranges::find(known, key) == known.end()) {
            return wrong(key, "is not a member this version of Shoal knows");
        }
    }
    return {};
}

enum class Need { must, may };

Result<std::string> text(const Object& object, std::string_view member, Need need, std::size_t longest)
{
    const auto* value = object.if_contains(member);
    if (value == nullptr && need == Need::may) return std::string{};
    if (value == nullptr) return wrong(member, "is missing");
    const auto* string = value->if_string();
    if (string == nullptr) return wrong(member, "must be a text");
    if (string->empty() && need == Need::must) return wrong(member, "is empty");
    if (string->size() > longest) return wrong(member, "is too long");
    return std::string(view(*string));
}

Result<bool> flag(const Object& object, std::string_view member)
{
    const auto* value = object.if_contains(member);
    if (value == nullptr) return false;
    if (const auto* is_on = value->if_bool()) return *is_on;
    return wrong(member, "must be true or false");
}

Result<std::vector<std::string>> texts(const Object& object, std::string_view member)
{
    std::vector<std::string> out;
    const auto* value = object.if_contains(member);
    if (value == nullptr) return out;
    const auto* array = value->if_array();
    if (array == nullptr) return wrong(member, "must be a list of texts");
    if (array->size() > longest_list) return wrong(member, "is too long");
    for (const auto& item : *array) {
        const auto* string = item.if_string();
        if (string == nullptr || string->empty() || string->size() > longest_word) {
            return wrong(member, "must be a list of short texts");
        }
        if (std::ranges::find(out, view(*string)) != out.end()) return wrong(member, "names something twice");
        out.emplace_back(view(*string));
    }
    return out;
}

bool made_of(std::string_view text, std::string_view others)
{
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != others.npos;
    });
}

bool is_reverse_dns(std::string_view id)
{
    return made_of(id, ".-_") && id.find('.') != id.npos && id.find("..") == id.npos && id.front() != '.'
           && id.back() != '.';
}

bool is_interface_id(std::string_view id)
{
    const auto slash = id.rfind('/');
    if (slash == id.npos) return false;
    const auto revision = id.substr(slash + 1);
    const bool counts = !revision.empty() && revision.size() <= 6 && revision.front() != '0'
                        && std::ranges::all_of(revision, [](char c) { return c >= '0' && c <= '9'; });
    return counts && is_reverse_dns(id.substr(0, slash));
}

Result<std::uint32_t> small_number(const Object& object, std::string_view member)
{
    const auto* value = object.if_contains(member);
    if (value == nullptr) return wrong(member, "is missing");
    const auto* number = value->if_int64();
    if (number == nullptr || *number < 0 || *number > 1'000'000)
        return wrong(member, "must be a small number");
    return static_cast<std::uint32_t>(*number);
}

Result<Scope> scope(const Object& object, Need need)
{
    auto name = text(object, "scope", need, longest_word);
    if (!name) return name.error();
    for (const auto known : {Scope::session, Scope::torrent, Scope::peer}) {
        if (*name == scope_name(known)) return known;
    }
    if (name->empty()) return Scope::session;
    return wrong("scope", "must be session, torrent or peer");
}

Result<void> read_abi(const Object& object, Manifest& out)
{
    const auto* value = object.if_contains("abi");
    if (value == nullptr || !value->is_object())
        return wrong("abi", "must be { \"major\": 1, \"minor\": 0 }");
    auto major = small_number(value->get_object(), "major");
    auto minor = small_number(value->get_object(), "minor");
    if (!major) return major.error();
    if (!minor) return minor.error();
    out.abi_major = *major;
    out.abi_minor = *minor;
    if (*major == SHOAL_ABI_MAJOR && *minor <= SHOAL_ABI_MINOR) return {};
    return make_error(Errc::unsupported, fmt::format("it needs plug-in ABI {}.{}, this is {}.{}", *major,
                                                     *minor, SHOAL_ABI_MAJOR, SHOAL_ABI_MINOR));
}

Result<void> read_identity(const Object& object, Manifest& out)
{
    auto id = text(object, "id", Need::must, longest_word);
    auto version = text(object, "version", Need::must, longest_word);
    auto license = text(object, "license", Need::must, longest_word);
    auto summary = text(object, "summary", Need::must, longest_text);
    for (const auto* part : {&id, &version, &license, &summary}) {
        if (!*part) return part->error();
    }
    if (!is_reverse_dns(*id)) return wrong("id", "must be in reverse DNS form: org.example.picker.hello");
    out.id = std::move(*id);
    out.version = std::move(*version);
    out.license = std::move(*license);
    out.summary = std::move(*summary);
    return {};
}

Result<Provision> read_provision(const json::value& value)
{
    const auto* object = value.if_object();
    if (object == nullptr) return wrong("provides", "must be a list of objects");
    if (auto known = only_known(*object, {"kind", "name", "scope"}); !known) return known.error();
    auto kind = text(*object, "kind", Need::must, longest_word);
    auto name = text(*object, "name", Need::must, longest_word);
    auto where = scope(*object, Need::must);
    if (!kind) return kind.error();
    if (!name) return name.error();
    if (!where) return where.error();
    if (!is_interface_id(*kind)) return wrong("kind", "must look like shoal.picker/1");
    if (!made_of(*name, "-_")) return wrong("name", "must be made of a-z, 0-9, - and _");
    return Provision{std::move(*kind), std::move(*name), *where};
}

Result<void> read_provisions(const Object& object, Manifest& out)
{
    const auto* value = object.if_contains("provides");
    const auto* array = value == nullptr ? nullptr : value->if_array();
    if (array == nullptr || array->empty() || array->size() > longest_list) {
        return wrong("provides", "must be a list of what the plug-in offers");
    }
    for (const auto& item : *array) {
        auto provision = read_provision(item);
        if (!provision) return provision.error();
        if (out.provision(provision->kind, provision->name) != nullptr) {
            return wrong("provides", "names " + provision->name + " twice");
        }
        out.provides.push_back(std::move(*provision));
    }
    return {};
}

Result<void> read_needs(const Object& object, Manifest& out)
{
    auto required = texts(object, "requires");
    auto optional = texts(object, "optional");
    auto permissions = texts(object, "permissions");
    auto schemes = texts(object, "schemes");
    for (const auto* part : {&required, &optional, &permissions, &schemes}) {
        if (!*part) return part->error();
    }
    if (!std::ranges::all_of(*required, is_interface_id))
        return wrong("requires", "must name services with a revision");
    if (!std::ranges::all_of(*optional, is_interface_id))
        return wrong("optional", "must name services with a revision");
    for (const auto& permission : *permissions) {
        if (std::ranges::find(permissions_known, permission) == permissions_known.end()) {
            return wrong("permissions", "asks for the unknown '" + printable(permission) + "'");
        }
    }
    for (const auto& scheme : *schemes) {
        if (!made_of(scheme, "+-.")) return wrong("schemes", "must be lower-case URL schemes");
    }
    out.required = std::move(*required);
    out.optional = std::move(*optional);
    out.permissions = std::move(*permissions);
    out.schemes = std::move(*schemes);
    return {};
}

Result<std::optional<double>> limit(const Object& object, std::string_view member)
{
    const auto* value = object.if_contains(member);
    if (value == nullptr) return std::optional<double>{};
    if (!value->is_number()) return wrong(member, "must be a number");
    return std::optional<double>(value->to_number<double>());
}

Result<SettingType> setting_type(const Object& object)
{
    auto name = text(object, "type", Need::must, longest_word);
    if (!name) return name.error();
    for (const auto known :
         {SettingType::boolean, SettingType::integer, SettingType::real, SettingType::text}) {
        if (*name == type_name(known)) return known;
    }
    return wrong("type", "must be bool, int, real or text");
}

Result<control::Value> plain_value(const json::value& value)
{
    if (const auto* is_on = value.if_bool()) return control::Value(*is_on);
    if (const auto* integer = value.if_int64()) return control::Value(*integer);
    if (const auto* real = value.if_double()) return control::Value(*real);
    if (const auto* string = value.if_string()) return control::Value(view(*string));
    return wrong("default", "must be true, false, a number or a text");
}

Result<void> read_limits(const Object& object, SettingSchema& out)
{
    auto min = limit(object, "min");
    auto max = limit(object, "max");
    auto choices = texts(object, "choices");
    if (!min) return min.error();
    if (!max) return max.error();
    if (!choices) return choices.error();
    const bool is_number = out.type == SettingType::integer || out.type == SettingType::real;
    if ((*min || *max) && !is_number) return wrong("min", "and \"max\" are for numbers");
    if (*min && *max && **min > **max) return wrong("min", "is above \"max\"");
    if (!choices->empty() && out.type != SettingType::text) return wrong("choices", "are for texts");
    out.min = *min;
    out.max = *max;
    out.choices = std::move(*choices);
    return {};
}

Result<SettingSchema> read_setting(std::string_view name, const json::value& value)
{
    const auto* object = value.if_object();
    if (object == nullptr || !made_of(name, "-_.")) return wrong(name, "is not a setting");
    auto known =
        only_known(*object, {"type", "default", "min", "max", "choices", "unit", "scope", "live", "help"});
    auto type = setting_type(*object);
    auto unit = text(*object, "unit", Need::may, longest_word);
    auto help = text(*object, "help", Need::must, longest_text);
    auto where = scope(*object, Need::may);
    auto live = flag(*object, "live");
    if (!known) return known.error();
    if (!type) return type.error();
    if (!unit) return unit.error();
    if (!help) return help.error();
    if (!where) return where.error();
    if (!live) return live.error();

    SettingSchema out{.name = std::string(name),
                      .type = *type,
                      .fallback = {},
                      .min = {},
                      .max = {},
                      .choices = {},
                      .unit = std::move(*unit),
                      .scope = *where,
                      .live = *live,
                      .help = std::move(*help)};
    if (auto limits = read_limits(*object, out); !limits) return limits.error();
    const auto* fallback = object->if_contains("default");
    if (fallback == nullptr) return wrong("default", "is missing");
    auto plain = plain_value(*fallback);
    if (!plain) return plain.error();
    auto checked = checked_setting(out, *plain);
    if (!checked) return wrong("default", "does not fit: " + checked.error().text);
    out.fallback = std::move(*checked);
    return out;
}

Result<void> read_settings(const Object& object, Manifest& out)
{
    const auto* value = object.if_contains("settings");
    if (value == nullptr) return {};
    const auto* settings = value->if_object();
    if (settings == nullptr || settings->size() > longest_list) return wrong("settings", "must be an object");
    for (const auto& member : *settings) {
        auto setting = read_setting(view(member.key()), member.value());
        if (!setting) {
            return make_error(setting.error().code, fmt::format("{} (in setting '{}')", setting.error().text,
                                                                printable(view(member.key()))));
        }
        out.settings.push_back(std::move(*setting));
    }
    return {};
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text)
{
    json::error_code failure;
    json::parse_options options;
    options.max_depth = 64;
    const auto document = json::parse(text, failure, {}, options);
    if (failure) return make_error(Errc::bad_input, "manifest: not JSON: " + failure.message());
    const auto* object = document.if_object();
    if (object == nullptr) return make_error(Errc::bad_input, "manifest: not a JSON object");

    Manifest out;
    out.text = text;
    // The ABI first: a manifest of another version may look different in every other respect.
    for (const auto step : {read_abi, read_identity, read_provisions, read_needs, read_settings}) {
        if (auto done = step(*object, out); !done) return done.error();
    }
    auto sim_safe = flag(*object, "sim_safe");
    if (!sim_safe) return sim_safe.error();
    out.sim_safe = *sim_safe;
    auto known = only_known(*object, {"id", "version", "license", "summary", "abi", "provides", "requires",
                                      "optional", "permissions", "settings", "schemes", "sim_safe"});
    if (!known) return known.error();
    return out;
}

}  // namespace shoal::host
