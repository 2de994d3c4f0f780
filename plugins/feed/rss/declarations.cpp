#include "declarations.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>

namespace shoal::rss {
namespace {

std::string whose(const std::string& source) { return source.empty() ? "a feed that was added" : "one of the script " + source; }

} // namespace

Result<std::string> Declarations::add(FeedDefinition definition)
{
    if (const auto named = give_name(definition, ""); !named) return named.error();
    auto& own = by_source_[""];
    const auto same = std::ranges::find(own, definition.name, &FeedDefinition::name);
    if (same == own.end() && count() >= most) return make_error(Errc::limit_exceeded, "there are " + std::to_string(most) + " feeds already");
    auto name = definition.name;
    if (same != own.end()) *same = std::move(definition);
    else own.push_back(std::move(definition));
    return name;
}

Result<void> Declarations::remove(std::string_view name)
{
    auto& own = by_source_[""];
    const auto at = std::ranges::find(own, name, &FeedDefinition::name);
    if (at != own.end()) {
        own.erase(at);
        return {};
    }
    if (const auto other = find(name, "")) {
        return make_error(Errc::refused, "the script " + other->source + " declares it: remove it there");
    }
    return make_error(Errc::not_found, "there is no feed '" + printable(name, 60) + "'");
}

Declarations::Loaded Declarations::load(const std::string& source, const Value::List& feeds)
{
    Loaded loaded;
    std::vector<FeedDefinition> taken;
    by_source_.erase(source);
    for (std::size_t i = 0; i < feeds.size(); ++i) {
        const auto* map = feeds[i].as_map();
        auto definition = map == nullptr ? Result<FeedDefinition>(make_error(Errc::bad_input, "it has to be a map")) : read_definition(*map);
        Result<void> named = definition ? give_name(*definition, source) : Result<void>(definition.error());
        if (named && count() + taken.size() >= most) named = make_error(Errc::limit_exceeded, "there are " + std::to_string(most) + " feeds already");
        if (named && std::ranges::find(taken, definition->name, &FeedDefinition::name) != taken.end()) {
            named = make_error(Errc::bad_input, "the name '" + definition->name + "' is there twice");
        }
        if (!named) {
            loaded.problems.push_back("feed " + std::to_string(i + 1) + ": " + named.error().text);
            continue;
        }
        loaded.names.push_back(definition->name);
        taken.push_back(std::move(*definition));
    }
    if (!taken.empty()) by_source_[source] = std::move(taken);
    return loaded;
}

std::map<std::string, Declarations::Declared> Declarations::all() const
{
    std::map<std::string, Declared> all;
    for (const auto& [source, definitions] : by_source_) {
        for (const auto& definition : definitions) all.try_emplace(definition.name, Declared{definition, source});
    }
    return all;
}

const std::vector<FeedDefinition>& Declarations::added() const { return by_source_.find("")->second; }

// The same address under the same name is the same feed, whoever wants it.
Result<void> Declarations::give_name(FeedDefinition& definition, const std::string& source) const
{
    const auto url = WebUrl::parse(definition.url);
    if (!url) return url.error();
    const bool is_unnamed = definition.name.empty();
    if (is_unnamed) {
        definition.name = name_after(*url, false);
        const auto other = find(definition.name, "\n"); // no source is called so
        if (other && other->definition.url != definition.url) definition.name = name_after(*url, true);
    }
    const auto other = find(definition.name, source);
    if (!other || other->definition.url == definition.url) return {};
    return make_error(Errc::bad_input, "the name '" + definition.name + "' is that of " + whose(other->source));
}

std::optional<Declarations::Declared> Declarations::find(std::string_view name, const std::string& besides) const
{
    for (const auto& [source, definitions] : by_source_) {
        const auto at = std::ranges::find(definitions, name, &FeedDefinition::name);
        if (source != besides && at != definitions.end()) return Declared{*at, source};
    }
    return std::nullopt;
}

std::size_t Declarations::count() const
{
    std::size_t count = 0;
    for (const auto& [source, definitions] : by_source_) count += definitions.size();
    return count;
}

} // namespace shoal::rss
