#include "cli/dht_arguments.hpp"

#include "cli/arguments.hpp"
#include "metainfo/sources.hpp"

#include <shoal/utf8.hpp>

#include <CLI/CLI.hpp>

namespace shoal::cli {

namespace {

CLI::App& add_command(CLI::App& dht, DhtArguments& typed, const std::string& name, const char* help)
{
    auto* command = dht.add_subcommand(name, help);
    command->final_callback([&typed, name] { typed.method = "dht." + name; });
    command->add_option("--set", typed.settings, "dht.SETTING=VALUE (repeatable); `plugin info dht` lists them")
        ->allow_extra_args(false);
    command->add_flag("--json", typed.is_json, "the answer as JSON");
    return *command;
}

// Of a question to more than one node.
CLI::App& add_search(CLI::App& dht, DhtArguments& typed, const std::string& name, const char* help)
{
    auto& command = add_command(dht, typed, name, help);
    command.add_option("--node", typed.nodes, "HOST:PORT to begin at, instead of the public routers (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--timeout", typed.timeout, "seconds")->capture_default_str();
    return command;
}

// Only what was typed: the plug-in knows what is missing.
void set_text(control::Value::Map& arguments, const char* name, const std::string& text)
{
    if (!text.empty()) arguments.set(name, text);
}

void set_number(control::Value::Map& arguments, const char* name, const std::optional<std::int64_t>& number)
{
    if (number) arguments.set(name, *number);
}

}  // namespace

void declare_dht(CLI::App& app, DhtArguments& typed)
{
    auto* dht = app.add_subcommand("dht", "ask the DHT, for people and experiments");
    dht->require_subcommand(1);
    auto& get = add_search(*dht, typed, "get", "an item (BEP 44)");
    get.add_option("target", typed.what, "40 hexadecimal digits; of a mutable item --key will do");
    auto* key = get.add_option("--key", typed.key, "public key of a mutable item, 64 hexadecimal digits");
    get.add_option("--salt", typed.salt, "salt of a mutable item")->needs(key);
    auto& put = add_search(*dht, typed, "put", "stores an item (BEP 44)");
    put.add_option("value", typed.what, "a text of at most 996 octets")->required();
    auto* secret = put.add_option("--secret", typed.secret,
                                  "64 hexadecimal digits: makes it mutable, under the key that belongs to them");
    put.add_option("--salt", typed.salt, "several items under one key")->needs(secret);
    put.add_option("--seq", typed.seq, "version; otherwise one more than what is there")->needs(secret);
    put.add_option("--cas", typed.cas, "only if this version is there")->needs(secret);
    auto& announce = add_search(*dht, typed, "announce", "says that there is a peer of a torrent here");
    announce.add_option("info-hash", typed.what, "40 hexadecimal digits")->required();
    announce.add_option("--port", typed.port, "where it takes connections; otherwise the node's own port");
    announce.add_flag("--seed", typed.is_seed, "it has everything (BEP 33)");
    auto& lookup = add_search(*dht, typed, "lookup", "the peers of a torrent");
    lookup.add_option("info-hash", typed.what, "40 hexadecimal digits")->required();
    lookup.add_flag("--scrape", typed.scrapes, "estimate how many there are (BEP 33)");
    auto& sample = add_search(*dht, typed, "sample", "torrents that nodes near a target know (BEP 51)");
    sample.add_option("target", typed.what, "40 hexadecimal digits; otherwise near us");
    auto& ping = add_command(*dht, typed, "ping", "is there a node?");
    ping.add_option("node", typed.what, "ADDR:PORT")->required();
    add_search(*dht, typed, "stats", "how our own node is doing, once it is among others");
}

Result<DhtRequest> dht_request(const DhtArguments& typed)
{
    auto settings = plugin_settings(typed.settings);
    if (!settings) return settings.error();
    for (const auto& node : typed.nodes) {
        if (!metainfo::host_port(node)) {
            return make_error(Errc::invalid_argument, "--node '" + printable(node) + "' is no HOST:PORT");
        }
    }
    DhtRequest request{.method = typed.method,
                       .arguments = {},
                       .nodes = typed.nodes,
                       .plugin_settings = std::move(*settings),
                       .is_json = typed.is_json};
    auto& arguments = request.arguments;
    const std::string verb = typed.method.substr(typed.method.find('.') + 1);
    if (verb == "get" || verb == "sample") set_text(arguments, "target", typed.what);
    if (verb == "put") arguments.set("value", typed.what);
    if (verb == "announce" || verb == "lookup") set_text(arguments, "info_hash", typed.what);
    if (verb == "ping") set_text(arguments, "node", typed.what);
    set_text(arguments, "key", typed.key);
    set_text(arguments, "salt", typed.salt);
    set_text(arguments, "secret", typed.secret);
    set_number(arguments, "seq", typed.seq);
    set_number(arguments, "cas", typed.cas);
    set_number(arguments, "port", typed.port);
    if (typed.is_seed) arguments.set("seed", true);
    if (typed.scrapes) arguments.set("scrape", true);
    if (verb == "stats") arguments.set("join", true);
    if (verb != "ping") arguments.set("timeout", typed.timeout);
    return request;
}

}  // namespace shoal::cli
