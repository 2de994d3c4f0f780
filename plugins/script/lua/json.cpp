#include "json.hpp"

#include <shoal/bytes.hpp>
#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr int deepest_json = 60;

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Value> whole()
    {
        if (!is_valid_utf8(text_)) return make_error(Errc::bad_input, "JSON has to be UTF-8");
        auto value = one(0);
        if (!value) return value;
        skip_space();
        if (at_ != text_.size()) return wrong("something follows the value");
        return value;
    }

private:
    Error wrong(std::string_view what) const
    {
        return make_error(Errc::bad_input, "JSON, character " + std::to_string(at_ + 1) + ": " + std::string(what));
    }

    void skip_space()
    {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }

    bool take(char wanted)
    {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }

    bool take_word(std::string_view word)
    {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    Result<Value> one(int depth)
    {
        if (depth > deepest_json) return wrong("nested too deeply");
        skip_space();
        if (at_ == text_.size()) return wrong("a value is missing");
        if (take('{')) return object(depth);
        if (take('[')) return array(depth);
        if (text_[at_] == '"') {
            auto text = string();
            if (!text) return text.error();
            return Value(std::move(*text));
        }
        if (take_word("true")) return Value(true);
        if (take_word("false")) return Value(false);
        if (take_word("null")) return Value{};
        return number();
    }

    Result<Value> object(int depth)
    {
        Value::Map map;
        std::set<std::string> keys;
        if (take('}')) return Value(std::move(map));
        do {
            skip_space();
            if (at_ == text_.size() || text_[at_] != '"') return wrong("a key is missing");
            auto key = string();
            if (!key) return key.error();
            if (!keys.insert(*key).second) return wrong("a key is there twice");
            if (!take(':')) return wrong("a : is missing");
            auto value = one(depth + 1);
            if (!value) return value;
            map.append(std::move(*key), std::move(*value));
        } while (take(','));
        if (!take('}')) return wrong("a , or } is missing");
        return Value(std::move(map));
    }

    Result<Value> array(int depth)
    {
        Value::List list;
        if (take(']')) return Value(std::move(list));
        do {
            auto value = one(depth + 1);
            if (!value) return value;
            list.push_back(std::move(*value));
        } while (take(','));
        if (!take(']')) return wrong("a , or ] is missing");
        return Value(std::move(list));
    }

    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    std::size_t digits()
    {
        const auto begin = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        return at_ - begin;
    }

    Result<Value> number()
    {
        const auto begin = at_;
        take_word("-");
        const bool has_leading_zero = at_ < text_.size() && text_[at_] == '0';
        const auto whole_digits = digits();
        if (whole_digits == 0) return wrong("no value begins so");
        if (has_leading_zero && whole_digits > 1) return wrong("a number begins with 0");
        bool is_real = false;
        if (take_word(".")) {
            is_real = true;
            if (digits() == 0) return wrong("a digit is missing");
        }
        if (take_word("e") || take_word("E")) {
            is_real = true;
            if (!take_word("+")) take_word("-");
            if (digits() == 0) return wrong("a digit is missing");
        }
        const char* first = text_.data() + begin;
        const char* last = text_.data() + at_;
        std::int64_t integer = 0;
        if (!is_real && std::from_chars(first, last, integer).ec == std::errc{}) return Value(integer);
        double real = 0;
        if (std::from_chars(first, last, real).ec != std::errc{}) return wrong("a number is too large");
        return Value(real);
    }

    Result<std::string> string()
    {
        std::string out;
        ++at_;
        while (at_ < text_.size() && text_[at_] != '"') {
            const char c = text_[at_++];
            if (static_cast<unsigned char>(c) < 0x20) return wrong("a control character in a text");
            if (c != '\\') {
                out += c;
                continue;
            }
            if (auto escaped = escape(out); !escaped) return escaped.error();
        }
        if (at_ == text_.size()) return wrong("a text has no end");
        ++at_;
        return out;
    }

    Result<void> escape(std::string& out)
    {
        constexpr std::string_view names = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const char name = at_ < text_.size() ? text_[at_++] : '\0';
        if (const auto known = names.find(name); name != '\0' && known != names.npos) {
            out += meanings[known];
            return {};
        }
        if (name != 'u') return wrong("an unknown escape");
        auto code = four_digits();
        if (!code) return code.error();
        if (*code >= 0xd800 && *code < 0xdc00 && take_word("\\u")) {
            const auto low = four_digits();
            if (!low) return low.error();
            if (*low < 0xdc00 || *low > 0xdfff) return wrong("half a character");
            *code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
        }
        if (*code >= 0xd800 && *code <= 0xdfff) return wrong("half a character");
        append_utf8(out, *code);
        return {};
    }

    Result<std::uint32_t> four_digits()
    {
        std::uint32_t code = 0;
        const auto digits = text_.substr(at_, 4);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        if (digits.size() < 4 || read.ptr != digits.data() + 4) return wrong("four hexadecimal digits are missing");
        at_ += 4;
        return code;
    }

    static void append_utf8(std::string& out, std::uint32_t code)
    {
        const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3f)); };
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xc0 | (code >> 6));
            tail(0);
        } else if (code < 0x10000) {
            out += static_cast<char>(0xe0 | (code >> 12));
            tail(6);
            tail(0);
        } else {
            out += static_cast<char>(0xf0 | (code >> 18));
            tail(12);
            tail(6);
            tail(0);
        }
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

void write_text(std::string& out, std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (octet < 0x20) {
            out += "\\u00";
            out += digits[octet >> 4];
            out += digits[octet & 15];
        } else {
            out += c;
        }
    }
    out += '"';
}

void write_real(std::string& out, double real)
{
    if (!std::isfinite(real)) {
        out += "null";
        return;
    }
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, real).ptr;
    const std::string_view written(text, static_cast<std::size_t>(end - text));
    out += written;
    if (written.find_first_of(".e") == written.npos) out += ".0"; // a real stays one
}

void write(std::string& out, const Value& value)
{
    if (const auto* flag = value.as_bool()) {
        out += *flag ? "true" : "false";
    } else if (const auto* integer = value.as_integer()) {
        out += std::to_string(*integer);
    } else if (const auto* real = value.as_real()) {
        write_real(out, *real);
    } else if (const auto* text = value.as_text()) {
        write_text(out, *text);
    } else if (const auto* bytes = value.as_bytes()) {
        write_text(out, to_hex(*bytes));
    } else if (const auto* list = value.as_list()) {
        out += '[';
        for (std::size_t i = 0; i < list->size(); ++i) {
            if (i > 0) out += ',';
            write(out, (*list)[i]);
        }
        out += ']';
    } else if (const auto* map = value.as_map()) {
        out += '{';
        for (std::size_t i = 0; i < map->size(); ++i) {
            if (i > 0) out += ',';
            write_text(out, map->keys()[i]);
            out += ':';
            write(out, map->values()[i]);
        }
        out += '}';
    } else {
        out += "null";
    }
}

} // namespace

Result<Value> parse_json(std::string_view text) { return Parser(text).whole(); }

std::string to_json(const Value& value)
{
    std::string out;
    write(out, value);
    return out;
}

} // namespace shoal::script_lua
