// Node: a light view of one value in a parsed bencode Document.
// Valid while the input bytes and the Document live; moving the Document is fine, its nodes go on.
// A question that does not fit the kind has an empty answer: ask for what is wanted, and check once.
#pragma once

#include <shoal/bytes.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::bencode {

enum class Kind : std::uint8_t { integer, string, list, dict };

namespace detail {

/// One value in the flat array of a Document: a parent, then all its descendants, in the order of the input.
struct Token {
    static constexpr std::uint32_t max_count = (1U << 30) - 1;

    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t next;       // the token after the last descendant
    std::uint32_t count : 30; // bytes of a string, items of a list, entries of a dict
    std::uint32_t kind : 2;
};

static_assert(sizeof(Token) == 16);

} // namespace detail

class Document;
class ItemRange;
class EntryRange;

class Node {
public:
    [[nodiscard]] Kind kind() const noexcept { return static_cast<Kind>(token_->kind); }
    [[nodiscard]] bool is_integer() const noexcept { return kind() == Kind::integer; }
    [[nodiscard]] bool is_string() const noexcept { return kind() == Kind::string; }
    [[nodiscard]] bool is_list() const noexcept { return kind() == Kind::list; }
    [[nodiscard]] bool is_dict() const noexcept { return kind() == Kind::dict; }

    [[nodiscard]] std::optional<std::int64_t> integer() const noexcept;
    [[nodiscard]] std::optional<std::string_view> string() const noexcept;
    [[nodiscard]] std::optional<ByteView> bytes() const noexcept;

    /// Bytes of a string, items of a list, entries of a dict; 0 for an integer.
    [[nodiscard]] std::uint32_t size() const noexcept { return token_->count; }

    /// Empty unless this is a list, or a dict.
    [[nodiscard]] ItemRange items() const noexcept;
    [[nodiscard]] EntryRange entries() const noexcept;

    /// None unless this is a dict that has the key; linear in the number of entries.
    [[nodiscard]] std::optional<Node> find(std::string_view key) const noexcept;

    /// As find(), and none where the value is of another kind.
    [[nodiscard]] std::optional<std::int64_t> find_int(std::string_view key) const noexcept;
    [[nodiscard]] std::optional<std::string_view> find_string(std::string_view key) const noexcept;
    [[nodiscard]] std::optional<ByteView> find_bytes(std::string_view key) const noexcept;
    [[nodiscard]] std::optional<Node> find_list(std::string_view key) const noexcept;
    [[nodiscard]] std::optional<Node> find_dict(std::string_view key) const noexcept;

    /// The exact bytes of the input that this value was read from: what an info-hash is taken of.
    [[nodiscard]] ByteView raw() const noexcept { return as_bytes(text()); }

private:
    friend class Document;
    friend class ItemRange;
    friend class EntryRange;

    Node(const detail::Token* tokens, const detail::Token* token, const char* input) noexcept
        : tokens_(tokens), token_(token), input_(input)
    {
    }

    [[nodiscard]] std::string_view text() const noexcept
    {
        return {input_ + token_->begin, std::size_t{token_->end} - token_->begin};
    }

    [[nodiscard]] std::optional<Node> find(std::string_view key, Kind kind) const noexcept;

    const detail::Token* tokens_;
    const detail::Token* token_;
    const char* input_;
};

struct Entry {
    std::string_view key;
    Node value;
};

/// The values of a list, in order.
class ItemRange {
public:
    class Iterator {
    public:
        using value_type = Node;
        using difference_type = std::ptrdiff_t;

        Node operator*() const noexcept { return at_; }

        Iterator& operator++() noexcept
        {
            at_.token_ = at_.tokens_ + at_.token_->next;
            return *this;
        }

        bool operator==(const Iterator& other) const noexcept { return at_.token_ == other.at_.token_; }

    private:
        friend class ItemRange;
        explicit Iterator(Node at) noexcept : at_(at) {}

        Node at_;
    };

    [[nodiscard]] Iterator begin() const noexcept { return Iterator(first_); }
    [[nodiscard]] Iterator end() const noexcept { return Iterator(end_); }

private:
    friend class Node;
    ItemRange(Node first, Node end) noexcept : first_(first), end_(end) {}

    Node first_;
    Node end_;
};

/// The entries of a dict, in the order of the input.
class EntryRange {
public:
    class Iterator {
    public:
        using value_type = Entry;
        using difference_type = std::ptrdiff_t;

        Entry operator*() const noexcept { return {*key_.string(), value()}; }

        Iterator& operator++() noexcept
        {
            key_.token_ = key_.tokens_ + value().token_->next;
            return *this;
        }

        bool operator==(const Iterator& other) const noexcept { return key_.token_ == other.key_.token_; }

    private:
        friend class EntryRange;
        explicit Iterator(Node key) noexcept : key_(key) {}

        [[nodiscard]] Node value() const noexcept { return {key_.tokens_, key_.token_ + 1, key_.input_}; }

        Node key_;
    };

    [[nodiscard]] Iterator begin() const noexcept { return Iterator(first_); }
    [[nodiscard]] Iterator end() const noexcept { return Iterator(end_); }

private:
    friend class Node;
    EntryRange(Node first, Node end) noexcept : first_(first), end_(end) {}

    Node first_;
    Node end_;
};

inline std::optional<std::int64_t> Node::integer() const noexcept
{
    if (!is_integer()) return std::nullopt;
    std::int64_t value = 0;
    const auto digits = text().substr(1);
    std::from_chars(digits.data(), digits.data() + digits.size() - 1, value);
    return value;
}

inline std::optional<std::string_view> Node::string() const noexcept
{
    if (!is_string()) return std::nullopt;
    return text().substr(text().size() - token_->count);
}

inline std::optional<ByteView> Node::bytes() const noexcept
{
    if (!is_string()) return std::nullopt;
    return as_bytes(*string());
}

inline ItemRange Node::items() const noexcept
{
    const Node end{tokens_, tokens_ + token_->next, input_};
    return is_list() ? ItemRange({tokens_, token_ + 1, input_}, end) : ItemRange(end, end);
}

inline EntryRange Node::entries() const noexcept
{
    const Node end{tokens_, tokens_ + token_->next, input_};
    return is_dict() ? EntryRange({tokens_, token_ + 1, input_}, end) : EntryRange(end, end);
}

inline std::optional<Node> Node::find(std::string_view key) const noexcept
{
    for (const auto& entry : entries()) {
        if (entry.key == key) return entry.value;
    }
    return std::nullopt;
}

inline std::optional<Node> Node::find(std::string_view key, Kind kind) const noexcept
{
    auto found = find(key);
    if (found && found->kind() != kind) found.reset();
    return found;
}

inline std::optional<std::int64_t> Node::find_int(std::string_view key) const noexcept
{
    const auto found = find(key);
    return found ? found->integer() : std::nullopt;
}

inline std::optional<std::string_view> Node::find_string(std::string_view key) const noexcept
{
    const auto found = find(key);
    return found ? found->string() : std::nullopt;
}

inline std::optional<ByteView> Node::find_bytes(std::string_view key) const noexcept
{
    const auto found = find(key);
    return found ? found->bytes() : std::nullopt;
}

inline std::optional<Node> Node::find_list(std::string_view key) const noexcept
{
    return find(key, Kind::list);
}

inline std::optional<Node> Node::find_dict(std::string_view key) const noexcept
{
    return find(key, Kind::dict);
}

} // namespace shoal::bencode
