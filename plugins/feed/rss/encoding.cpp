#include "encoding.hpp"

#include "ascii.hpp"

#include <shoal/utf8.hpp>

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace shoal::rss {
namespace {

constexpr std::string_view utf8 = "utf-8";
constexpr std::string_view western = "windows-1252"; // what ISO-8859-1 means on the web (WHATWG)

// The library knows more, and finds some of them in files: nobody else shall choose which.
constexpr std::array known = {
    "utf-16le",     "utf-16be",     "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255",
    "windows-1256", "windows-1257", "windows-1258", "iso-8859-2",   "iso-8859-3",   "iso-8859-4",   "iso-8859-5",   "iso-8859-6",
    "iso-8859-7",   "iso-8859-8",   "iso-8859-9",   "iso-8859-10",  "iso-8859-13",  "iso-8859-14",  "iso-8859-15",  "iso-8859-16",
    "koi8-r",       "koi8-u",       "shift_jis",    "euc-jp",       "euc-kr",       "gbk",          "gb18030",      "big5"};

std::string_view without_quotes(std::string_view text)
{
    text = trimmed(text);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'')) text = text.substr(1, text.find(text.front(), 1) - 1);
    return text;
}

// Empty: nothing is said, or nothing that can be read.
std::string canonical(std::string_view name)
{
    auto plain = lower(without_quotes(name));
    if (plain == "utf8") return std::string(utf8);
    if (plain == "iso-8859-1" || plain == "iso8859-1" || plain == "latin1" || plain == "us-ascii" || plain == "ascii") return std::string(western);
    if (plain == "gb2312") return "gbk";
    if (plain == "sjis" || plain == "shift-jis") return "shift_jis";
    if (plain.starts_with("cp125")) plain = "windows-" + plain.substr(2);
    const bool is_known = plain == utf8 || std::ranges::find(known, plain) != known.end();
    return is_known ? plain : std::string();
}

std::string declared_by_server(std::string_view content_type)
{
    const auto at = find_ignoring_case(content_type, "charset=");
    if (at == content_type.npos) return {};
    const auto value = content_type.substr(at + 8);
    return canonical(value.substr(0, value.find(';')));
}

// <?xml version="1.0" encoding="…"?>
std::string declared_by_document(std::string_view text)
{
    text = text.substr(0, 512);
    text = text.substr(0, text.find("?>"));
    const auto declaration = text.find("<?xml");
    const auto at = declaration == text.npos ? text.npos : text.find("encoding", declaration);
    const auto equals = at == text.npos ? text.npos : text.find('=', at);
    return equals == text.npos ? std::string() : canonical(text.substr(equals + 1));
}

// A mark at its beginning, or a '<' in sixteen bits. `mark` becomes the mark's length.
std::string recognised(std::string_view text, std::size_t& mark)
{
    mark = 0;
    if (text.starts_with("\xef\xbb\xbf")) return mark = 3, std::string(utf8);
    if (text.starts_with("\xff\xfe")) return mark = 2, "utf-16le";
    if (text.starts_with("\xfe\xff")) return mark = 2, "utf-16be";
    if (text.size() >= 2 && text[0] == '<' && text[1] == '\0') return "utf-16le";
    if (text.size() >= 2 && text[0] == '\0' && text[1] == '<') return "utf-16be";
    return {};
}

struct Census {
    std::size_t good = 0; // sequences of several octets
    std::size_t bad = 0;
};

Census census_of(std::string_view text)
{
    Census census;
    while (!text.empty()) {
        const auto step = detail::next_utf8(text);
        if (!step.valid) ++census.bad;
        else if (step.length > 1) ++census.good;
        text.remove_prefix(step.length);
    }
    return census;
}

class Converter {
public:
    explicit Converter(const std::string& from) : handle_(iconv_open("UTF-8", from.c_str())) {}
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter()
    {
        if (*this) iconv_close(handle_);
    }

    explicit operator bool() const { return handle_ != reinterpret_cast<iconv_t>(std::intptr_t{-1}); }

    // What cannot be read becomes U+FFFD, `unit` octets at a time.
    std::string convert(std::string_view text, std::size_t unit)
    {
        std::string out;
        auto* in = const_cast<char*>(text.data()); // POSIX: not written to
        auto left = text.size();
        std::array<char, 4096> buffer;
        while (left > 0) {
            auto* to = buffer.data();
            auto room = buffer.size();
            const auto result = iconv(handle_, &in, &left, &to, &room);
            out.append(buffer.data(), buffer.size() - room);
            if (result != static_cast<std::size_t>(-1) || room < buffer.size() / 2) continue;
            const auto skipped = std::min(unit, left);
            in += skipped;
            left -= skipped;
            out += detail::replacement_character;
        }
        return out;
    }

private:
    iconv_t handle_;
};

std::string chosen(std::string_view text, std::string_view content_type)
{
    auto said = declared_by_server(content_type);
    if (said.empty()) said = declared_by_document(text);
    const auto census = census_of(text);
    // Text of another encoding is valid UTF-8 by chance almost never. (A text without any such letter is the same in all.)
    if (census.bad == 0) return std::string(utf8);
    if (said.starts_with("utf-16")) said.clear(); // it has none of its signs
    if (!said.empty() && said != utf8) return said;
    return std::string(census.good > census.bad ? utf8 : western);
}

} // namespace

Decoded decode_text(ByteView octets, std::string_view content_type)
{
    auto text = as_text(octets);
    std::size_t mark = 0;
    auto encoding = recognised(text, mark);
    text.remove_prefix(mark);
    if (encoding.empty()) encoding = chosen(text, content_type);
    if (encoding == utf8) return {to_valid_utf8(text), encoding};
    Converter converter(encoding);
    if (!converter) return {to_valid_utf8(text), std::string(utf8)};
    return {to_valid_utf8(converter.convert(text, encoding.starts_with("utf-16") ? 2 : 1)), encoding};
}

} // namespace shoal::rss
