#include <shoal/client.h>

#include "control/json.hpp"
#include "embed/embedded_client.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <dlfcn.h>

// The C face of an embedded client: texts in, texts out, no exception across.
struct shoal_client {
    std::unique_ptr<shoal::embed::EmbeddedClient> client;
};

namespace shoal::embed {

namespace {

constexpr std::size_t longest_options = 1 << 20;
constexpr std::size_t longest_arguments = 32 << 20;

char* copy_of(const std::string& text)
{
    auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
    if (copy != nullptr) std::memcpy(copy, text.c_str(), text.size() + 1);
    return copy;
}

// As a build puts them, or as an installation does.
std::string plugins_beside_library()
{
    Dl_info where{};
    if (::dladdr(reinterpret_cast<const void*>(&shoal_client_new), &where) == 0 || where.dli_fname == nullptr) return "plugins";
    const auto folder = std::filesystem::path(where.dli_fname).parent_path();
    std::error_code problem;
    const auto installed = folder / "shoal" / "plugins";
    const auto beside = folder / "plugins";
    return (std::filesystem::is_directory(beside, problem) ? beside : installed).string();
}

Result<control::Value::Map> read_map(const char* json, std::size_t longest)
{
    if (json == nullptr) return control::Value::Map{};
    auto value = control::from_json(json, longest);
    if (!value) return value.error();
    if (value->as_map() == nullptr) return make_error(Errc::invalid_argument, "a JSON object was expected");
    return *value->as_map();
}

Result<std::string> text_option(const control::Value::Map& options, std::string_view name, std::string fallback)
{
    const auto* value = options.find(name);
    if (value == nullptr) return fallback;
    if (value->as_text() == nullptr) return make_error(Errc::invalid_argument, std::string(name) + " is a text");
    return *value->as_text();
}

Result<EmbedOptions> read_options(const char* json)
{
    const auto options = read_map(json, longest_options);
    if (!options) return options.error();
    for (const auto& key : options->keys()) {
        if (key != "state" && key != "plugins" && key != "settings") {
            return make_error(Errc::invalid_argument, "there is no option " + key + "; there are state, plugins and settings");
        }
    }
    auto state = text_option(*options, "state", {});
    if (!state) return state.error();
    auto plugins = text_option(*options, "plugins", plugins_beside_library());
    if (!plugins) return plugins.error();
    EmbedOptions read{.state = std::move(*state), .plugins = std::move(*plugins)};
    if (const auto* settings = options->find("settings")) {
        if (settings->as_map() == nullptr) return make_error(Errc::invalid_argument, "settings is an object");
        read.settings = *settings->as_map();
    }
    return read;
}

std::string json_of(const Error& error)
{
    return control::to_json(control::Value::Map{}.set("code", errc_name(error.code)).set("text", error.text));
}

Result<control::Value> call(shoal_client& client, const char* method, const char* arguments)
{
    auto read = read_map(arguments, longest_arguments);
    if (!read) return read.error();
    return client.client->call(method, std::move(*read));
}

}  // namespace

}  // namespace shoal::embed

using namespace shoal;

shoal_client* shoal_client_new(const char* options, char** error)
{
    auto read = embed::read_options(options);
    auto made = read ? embed::EmbeddedClient::make(std::move(*read)) : Result<std::unique_ptr<embed::EmbeddedClient>>(read.error());
    if (made) return new shoal_client{std::move(*made)};
    if (error != nullptr) *error = embed::copy_of(made.error().text);
    return nullptr;
}

int shoal_client_call(shoal_client* client, const char* method, const char* arguments, char** answer)
{
    auto given = client == nullptr || method == nullptr ? Result<control::Value>(make_error(Errc::invalid_argument, "no client, or no method"))
                                                        : embed::call(*client, method, arguments);
    if (answer != nullptr) *answer = embed::copy_of(given ? control::to_json(*given) : embed::json_of(given.error()));
    return given ? 0 : -static_cast<int>(given.error().code);
}

char* shoal_client_next_event(shoal_client* client, int timeout_ms)
{
    if (client == nullptr) return nullptr;
    std::optional<std::chrono::milliseconds> patience;
    if (timeout_ms >= 0) patience = std::chrono::milliseconds(timeout_ms);
    const auto event = client->client->events().pop(patience);
    return event ? embed::copy_of(*event) : nullptr;
}

void shoal_client_free_text(char* text)
{
    std::free(text);
}

void shoal_client_free(shoal_client* client)
{
    delete client;
}
