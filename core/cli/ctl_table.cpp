#include "cli/ctl_table.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <span>

namespace shoal::cli {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;  // of a text that gives way

struct Range {
    char32_t first;
    char32_t last;
};

bool is_in(std::span<const Range> ranges, char32_t c)
{
    return std::ranges::any_of(ranges, [c](const Range& range) { return c >= range.first && c <= range.last; });
}

// The blocks that matter, of Unicode's EastAsianWidth and of its combining marks.
constexpr std::array<Range, 11> wide = {{{0x1100, 0x115f},
                                         {0x2e80, 0x303e},
                                         {0x3041, 0xa4cf},
                                         {0xa960, 0xa97c},
                                         {0xac00, 0xd7a3},
                                         {0xf900, 0xfaff},
                                         {0xfe30, 0xfe6f},
                                         {0xff00, 0xff60},
                                         {0xffe0, 0xffe6},
                                         {0x1f300, 0x1faff},
                                         {0x20000, 0x3fffd}}};
constexpr std::array<Range, 6> combining = {
    {{0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};

std::size_t width_of(char32_t c)
{
    if (c < 0x300) return 1;
    return is_in(combining, c) ? 0 : is_in(wide, c) ? 2 : 1;
}

std::string padded(const std::string& text, std::size_t width, bool is_number)
{
    const std::string fill(width - std::min(width, display_width(text)), ' ');
    return is_number ? fill + text : text + fill;
}

std::size_t total(const std::vector<std::size_t>& widths)
{
    return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - std::min<std::size_t>(1, widths.size())));
}

}  // namespace

std::size_t display_width(std::string_view text)
{
    std::size_t width = 0;
    while (!text.empty()) {
        const auto step = detail::next_utf8(text);
        width += step.valid ? width_of(step.code_point) : 1;
        text.remove_prefix(step.length);
    }
    return width;
}

std::string fitted(std::string_view text, std::size_t width)
{
    if (display_width(text) <= width) return std::string(text);
    std::string out;
    for (std::size_t used = 1; !text.empty();) {
        const auto step = detail::next_utf8(text);
        used += step.valid ? width_of(step.code_point) : 1;
        if (used > width) break;
        out += text.substr(0, step.length);
        text.remove_prefix(step.length);
    }
    return out + "…";
}

void Table::add_column(std::string heading)
{
    columns_.push_back({.heading = std::move(heading)});
}

void Table::add_row(std::vector<Cell> cells)
{
    cells.resize(columns_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) columns_[i].has_numbers = columns_[i].has_numbers || cells[i].is_number;
    rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths(std::optional<unsigned> width) const
{
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        widths.push_back(display_width(columns_[column].heading));
        for (const auto& row : rows_) widths.back() = std::max(widths.back(), display_width(row[column].text));
    }
    while (width && widths.size() > 1 && total(widths) > *width) {
        std::size_t widest = widths.size();
        for (std::size_t column = 0; column < widths.size(); ++column) {
            if (columns_[column].has_numbers || widths[column] <= narrowest) continue;
            if (widest == widths.size() || widths[column] > widths[widest]) widest = column;
        }
        if (widest == widths.size()) widths.pop_back();
        else --widths[widest];
    }
    if (width && widths.size() == 1) widths[0] = std::min<std::size_t>(widths[0], *width);
    return widths;
}

std::string Table::text(std::optional<unsigned> width) const
{
    if (rows_.empty()) return {};
    const auto widths = this->widths(width);
    std::string text;
    const auto add_line = [&](auto&& cell_at) {
        std::string line;
        for (std::size_t column = 0; column < widths.size(); ++column) {
            if (column > 0) line += std::string(gap, ' ');
            line += padded(fitted(cell_at(column), widths[column]), widths[column], columns_[column].has_numbers);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    };
    add_line([&](std::size_t column) -> const std::string& { return columns_[column].heading; });
    for (const auto& row : rows_) add_line([&](std::size_t column) -> const std::string& { return row[column].text; });
    return text;
}

}  // namespace shoal::cli
