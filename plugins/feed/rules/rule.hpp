// A rule, compiled: data alone. What its author wrote is read by rule_reader.hpp, what it says of an item by judge.hpp.
#pragma once

#include "episodes.hpp"
#include "file_pattern.hpp"
#include "pattern.hpp"
#include "quality.hpp"
#include "range.hpp"

#include <shoal/value.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::feed_rules {

class QbRule;

/// Of season packs, or of specials.
enum class Which { all, others, only };

/// By what two items are the same thing.
enum class SeenBy { release, title, guid, url, hash };

struct Limit {
    std::int64_t most = 0;
    std::int64_t per = 0; // seconds; 0: ever
    std::string text;
};

/// One of a rule's preferences: a quality, or what the title says.
struct Preference {
    std::optional<QualityWish> quality;
    std::optional<Pattern> pattern;
    std::string text;
};

struct Rule {
    std::string name;
    std::string source; // the script or file that it stands in
    std::int64_t priority = 0;
    bool is_enabled = true;
    bool is_shadow = false;
    bool has_where = false;

    std::vector<std::string> feeds; // globs
    std::vector<Pattern> match;     // one of them, if there are any
    std::vector<Pattern> reject;    // none of them
    std::vector<std::string> series; // as plain words, with a year or without
    std::vector<std::string> movies; // the same of films
    std::optional<EpisodesWish> episodes;
    Which packs = Which::all;        // whole seasons
    Which specials = Which::all;     // of season 0
    bool is_freeleech = false;       // what costs no ratio alone
    std::optional<QualityWish> quality;
    std::optional<Range> size;
    std::optional<Range> age;
    std::optional<Range> seeders;
    std::vector<std::string> groups;     // lower case
    std::vector<std::string> categories; // globs, lower case
    std::uint32_t languages = 0;
    bool peeks = false;                  // it is looked into before it is added
    std::vector<FilePattern> files;        // one of them, if there are any; with peeks alone
    std::vector<FilePattern> reject_files; // none of them
    std::vector<std::string> or_unknown; // names of tests
    bool is_unknown_fine = false;        // of all tests

    std::vector<Preference> prefer; // best first
    std::int64_t wait = 0;          // seconds
    bool upgrades = false;
    std::optional<QualityWish> upgrade_until;
    bool takes_propers = true;
    std::int64_t propers_within = 0; // seconds after the first; 0: always
    SeenBy seen_by = SeenBy::release;
    bool is_seen_by_all = true; // rules; false: by this one alone
    std::optional<Limit> limit;

    Value::Map written; // as its author wrote it, without the name

    Value::Map add; // arguments of torrents.add but the source
    Value::Map own; // that one of them

    std::shared_ptr<const QbRule> qb; // it is written in qBittorrent's terms: these stand for match … quality
};

} // namespace shoal::feed_rules
