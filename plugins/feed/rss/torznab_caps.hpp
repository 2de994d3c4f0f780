// What an indexer says that it can (t=caps): which searches, how much at once, which categories. Many say less than they can, and some
// nothing: what is not said is tried.
#pragma once

#include "torznab.hpp"

#include <shoal/result.hpp>
#include <shoal/web_url.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::rss {

struct TorznabCaps {
    bool knows_series = true;  // it takes a season and an episode
    std::size_t most = 0;      // items in an answer; 0: it does not say
    std::vector<std::pair<std::int64_t, std::string>> categories{}; // none: it does not say
};

/// Errors: as torznab_error(), when it refuses; bad_input: that is something else.
[[nodiscard]] Result<TorznabCaps> read_caps(std::string_view xml);

/// The feed's address with t=caps in the place of its question.
[[nodiscard]] std::string caps_url(const WebUrl& feed);

/// It may be of use to know what an indexer can before it is asked this.
[[nodiscard]] bool depends_on_caps(const Question& question);

/// The question as such an indexer understands it. Errors: unsupported, it has none of the categories.
[[nodiscard]] Result<Question> fitted(const Question& question, const TorznabCaps& caps);

} // namespace shoal::rss
