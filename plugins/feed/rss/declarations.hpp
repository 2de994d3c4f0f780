// Which feeds there are: those that people added, and those that scripts declare. Two may want the same feed, and it stays as long as
// one of them does.
#pragma once

#include "definition.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::rss {

class Declarations {
public:
    static constexpr std::size_t most = 500;

    struct Declared {
        FeedDefinition definition{};
        std::string source{}; // the first that wants it
    };
    struct Loaded {
        std::vector<std::string> names{};
        std::vector<std::string> problems{};
    };

    /// Of people, whose source is empty. Errors: limit_exceeded, bad_input (the name is a script's feed with another address).
    Result<std::string> add(FeedDefinition definition);
    /// Errors: not_found, refused (a script declares it).
    Result<void> remove(std::string_view name);
    /// In the place of what the source declared before.
    Loaded load(const std::string& source, const Value::List& feeds);

    /// By name.
    [[nodiscard]] std::map<std::string, Declared> all() const;
    [[nodiscard]] const std::vector<FeedDefinition>& added() const;

private:
    Result<void> give_name(FeedDefinition& definition, const std::string& source) const;
    [[nodiscard]] std::optional<Declared> find(std::string_view name, const std::string& besides) const;
    [[nodiscard]] std::size_t count() const;

    std::map<std::string, std::vector<FeedDefinition>> by_source_{{"", {}}};
};

} // namespace shoal::rss
