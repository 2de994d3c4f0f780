#include "peek.hpp"

#include <shoal/value_fields.hpp>

#include <algorithm>

namespace shoal::feed_rules {
namespace {

// The first file that one of the patterns fits; null: none.
const Peek::File* fitting(const Peek& peek, const std::vector<FilePattern>& patterns)
{
    const auto at = std::ranges::find_if(peek.files, [&patterns](const Peek::File& file) {
        return std::ranges::any_of(patterns, [&file](const FilePattern& pattern) { return pattern.matches(file.path); });
    });
    return at == peek.files.end() ? nullptr : &*at;
}

std::string texts_of_patterns(const std::vector<FilePattern>& patterns)
{
    std::string out;
    for (const auto& pattern : patterns) out += (out.empty() ? "" : " or ") + pattern.text();
    return out;
}

} // namespace

Peek Peek::read(const Value& answer)
{
    Peek out;
    const auto* map = answer.as_map();
    if (map == nullptr) return out;
    out.torrent = text_in(*map, "torrent");
    out.is_here = flag_in(*map, "is_here");
    out.size = integer_in(*map, "size");
    for (const auto& file : list_in(*map, "files")) {
        if (file.as_map() != nullptr) out.files.push_back({text_in(*file.as_map(), "path"), integer_in(*file.as_map(), "size").value_or(0)});
    }
    return out;
}

Value::Map Peek::complete(Value::Map item) const
{
    Value::List list;
    for (const auto& file : files) list.emplace_back(Value::Map{}.set("path", file.path).set("size", file.size));
    if (size) item.set("size", *size);
    return item.set("files", std::move(list));
}

void judge_peek(const Rule& rule, const Peek& peek, Sheet& sheet)
{
    if (rule.size) {
        const bool is_ok = peek.size && rule.size->holds(*peek.size);
        if (!sheet.note("size", is_ok, [&] { return peek.size ? quantity_text(*peek.size, Unit::octets) : "unknown"; }, [&] { return rule.size->text(); })) return;
    }
    if (!rule.files.empty()) {
        const auto* file = fitting(peek, rule.files);
        const auto got = [&] { return file != nullptr ? file->path : "none of its " + std::to_string(peek.files.size()) + " files"; };
        if (!sheet.note("files", file != nullptr, got, [&] { return texts_of_patterns(rule.files); })) return;
    }
    if (!rule.reject_files.empty()) {
        const auto* file = fitting(peek, rule.reject_files);
        sheet.note("reject_files", file == nullptr, [&] { return file != nullptr ? file->path : "none of its files"; },
                   [&] { return "not " + texts_of_patterns(rule.reject_files); });
    }
}

} // namespace shoal::feed_rules
