#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::cli {

// Columns of text below headings, as wide as they need and no wider than a terminal. Texts are printable.
class Table {
public:
    struct Cell {
        std::string text{};
        bool is_number = false;  // to the right, and never cut
    };

    void add_column(std::string heading);
    // A cell for each column.
    void add_row(std::vector<Cell> cells);

    // Lines with their ends. Too wide, the widest text gives way first, then the columns to the right.
    std::string text(std::optional<unsigned> width) const;

private:
    struct Column {
        std::string heading;
        bool has_numbers = false;
    };

    std::vector<std::size_t> widths(std::optional<unsigned> width) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

// Columns that a text takes on a terminal: two for the wide characters of East Asia, none for what is added to a letter.
std::size_t display_width(std::string_view text);
// As much of it as fits, with a '…' for the rest.
std::string fitted(std::string_view text, std::size_t width);

}  // namespace shoal::cli
