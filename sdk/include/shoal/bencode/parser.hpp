// The bencode grammar, read in one pass with a stack of its own. Use Document.
#pragma once

#include <shoal/bencode/node.hpp>
#include <shoal/result.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::bencode {

struct Limits {
    std::uint32_t depth = 64;
    std::uint32_t tokens = 3'000'000;
};

namespace detail {

struct Parsed {
    std::vector<Token> tokens;
    bool keys_ascend = true;
};

inline Error error_at(std::size_t offset, std::string_view what, Errc code = Errc::bad_input)
{
    return make_error(code, "bencode: byte " + std::to_string(offset) + ": " + std::string(what));
}

class Parser {
public:
    Parser(std::string_view input, Limits limits) noexcept : input_(input), limits_(limits) {}

    Result<Parsed> run()
    {
        if (input_.size() > UINT32_MAX) return error_at(UINT32_MAX, "more than 4 GiB", Errc::limit_exceeded);
        do {
            if (auto done = step(); !done) return std::move(done).error();
        } while (!open_.empty());
        return std::move(parsed_);
    }

private:
    /// A list or dict whose end is yet to come.
    struct Open {
        std::uint32_t token;
        bool is_dict;
        bool wants_value = false; // a dict after a key
        bool keys_ascend = true;
        std::string_view last_key{};
    };

    Result<void> step()
    {
        if (at_end())
            return error_at(at_, open_.empty() ? "expected a value" : "expected 'e' or another value");
        Open* parent = open_.empty() ? nullptr : &open_.back();
        if (parent != nullptr && !parent->wants_value) {
            if (input_[at_] == 'e') return close();
            if (parent->is_dict) return key(*parent);
        }
        return value();
    }

    Result<void> value()
    {
        const char c = input_[at_];
        if (c == 'i') return integer();
        if (c == 'l' || c == 'd') return open(c == 'd');
        if (!is_digit(c)) return error_at(at_, "expected a value: 'i', 'l', 'd' or the length of a string");
        auto text = string();
        if (!text) return std::move(text).error();
        value_ended();
        return {};
    }

    Result<void> open(bool is_dict)
    {
        if (open_.size() >= limits_.depth) {
            return error_at(at_, "nested deeper than " + std::to_string(limits_.depth), Errc::limit_exceeded);
        }
        const auto token = static_cast<std::uint32_t>(parsed_.tokens.size());
        if (auto added = add(is_dict ? Kind::dict : Kind::list, at_, at_ + 1, 0); !added) return added;
        open_.push_back({.token = token, .is_dict = is_dict});
        ++at_;
        return {};
    }

    Result<void> close()
    {
        const auto closed = open_.back();
        if (closed.is_dict && !closed.keys_ascend && has_repeated_key(closed)) {
            return error_at(parsed_.tokens[closed.token].begin, "expected every key of this dict only once");
        }
        ++at_;
        auto& token = parsed_.tokens[closed.token];
        token.end = static_cast<std::uint32_t>(at_);
        token.next = static_cast<std::uint32_t>(parsed_.tokens.size());
        open_.pop_back();
        value_ended();
        return {};
    }

    Result<void> key(Open& dict)
    {
        const auto begin = at_;
        if (!is_digit(input_[at_])) return error_at(at_, "expected 'e' or a key, which is a string");
        const auto text = string();
        if (!text) return text.error();
        const bool is_first = parsed_.tokens[dict.token].count == 0;
        if (!is_first && *text == dict.last_key)
            return error_at(begin, "expected a key that is not there already");
        if (!is_first && *text < dict.last_key) dict.keys_ascend = parsed_.keys_ascend = false;
        dict.last_key = *text;
        dict.wants_value = true;
        return {};
    }

    Result<std::string_view> string()
    {
        const auto begin = at_;
        const auto digits = take_digits();
        std::uint32_t length = 0;
        const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
        if (digits.size() > 1 && digits.front() == '0')
            return error_at(begin, "expected a length without leading zeros");
        if (at_end() || input_[at_] != ':') return error_at(at_, "expected ':' after the length of a string");
        ++at_;
        if (failure != std::errc{} || length > input_.size() - at_) {
            return error_at(begin, "expected a string of at most the " + std::to_string(input_.size() - at_)
                                       + " bytes that are left");
        }
        if (length > Token::max_count)
            return error_at(begin, "a string of 1 GiB or more", Errc::limit_exceeded);
        const auto text = input_.substr(at_, length);
        at_ += length;
        if (auto added = add(Kind::string, begin, at_, length); !added) return std::move(added).error();
        return text;
    }

    Result<void> integer()
    {
        const auto begin = at_++;
        const auto number = at_;
        const bool negative = !at_end() && input_[at_] == '-';
        if (negative) ++at_;
        const auto digits = take_digits();
        if (digits.empty()) return error_at(at_, "expected a digit");
        if (digits.front() == '0' && (negative || digits.size() > 1)) {
            return error_at(number, "expected an integer without leading zeros or '-0'");
        }
        if (at_end() || input_[at_] != 'e') return error_at(at_, "expected a digit or 'e' in an integer");
        std::int64_t parsed = 0;
        if (std::from_chars(input_.data() + number, input_.data() + at_, parsed).ec != std::errc{}) {
            return error_at(number, "expected an integer of 64 bits");
        }
        ++at_;
        if (auto added = add(Kind::integer, begin, at_, 0); !added) return added;
        value_ended();
        return {};
    }

    Result<void> add(Kind kind, std::size_t begin, std::size_t end, std::uint32_t count)
    {
        auto& tokens = parsed_.tokens;
        if (tokens.size() >= std::min(limits_.tokens, Token::max_count)) {
            return error_at(begin, "more than " + std::to_string(limits_.tokens) + " values and keys",
                            Errc::limit_exceeded);
        }
        Token token{};
        token.begin = static_cast<std::uint32_t>(begin);
        token.end = static_cast<std::uint32_t>(end);
        token.next = static_cast<std::uint32_t>(tokens.size() + 1);
        token.count = count & Token::max_count;
        token.kind = static_cast<std::uint32_t>(kind) & 3U;
        tokens.push_back(token);
        return {};
    }

    void value_ended()
    {
        if (open_.empty()) return;
        parsed_.tokens[open_.back().token].count++;
        open_.back().wants_value = false;
    }

    // Only asked of a dict whose keys are out of order: neighbours were compared as they came.
    [[nodiscard]] bool has_repeated_key(const Open& dict) const
    {
        const auto& tokens = parsed_.tokens;
        std::vector<std::string_view> keys;
        keys.reserve(tokens[dict.token].count);
        for (std::size_t i = dict.token + 1; i < tokens.size(); i = tokens[i + 1].next) {
            keys.push_back(input_.substr(tokens[i].end - tokens[i].count, tokens[i].count));
        }
        std::ranges::sort(keys);
        return std::ranges::adjacent_find(keys) != keys.end();
    }

    std::string_view take_digits() noexcept
    {
        const auto begin = at_;
        while (!at_end() && is_digit(input_[at_])) ++at_;
        return input_.substr(begin, at_ - begin);
    }

    [[nodiscard]] bool at_end() const noexcept { return at_ == input_.size(); }
    [[nodiscard]] static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    std::string_view input_;
    Limits limits_;
    std::size_t at_ = 0;
    std::vector<Open> open_;
    Parsed parsed_;
};

} // namespace detail

} // namespace shoal::bencode
