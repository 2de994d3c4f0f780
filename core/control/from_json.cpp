#include "control/json.hpp"

#include "control/alike.hpp"

#include <shoal/value_crossing.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace shoal::control {

namespace {

namespace json = boost::json;

// Is told what the parser meets, and makes values of it. Refuses what is JSON and yet no value.
class ValueMaker {
public:
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    bool on_document_begin(json::error_code&) { return true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }

    bool on_array_begin(json::error_code& ec) { return open(false, ec); }
    bool on_object_begin(json::error_code& ec) { return open(true, ec); }
    bool on_array_end(std::size_t, json::error_code& ec)
    {
        Value list(std::move(open_.back().items));
        open_.pop_back();
        return take(std::move(list), ec);
    }
    bool on_object_end(std::size_t, json::error_code& ec)
    {
        Value map(std::move(open_.back().members));
        open_.pop_back();
        return take(std::move(map), ec);
    }

    bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return collect(part); }
    bool on_key(json::string_view part, std::size_t, json::error_code& ec)
    {
        collect(part);
        auto& object = open_.back();
        object.key = std::exchange(text_, {});
        if (object.keys.insert(object.key).second) return true;
        return refuse(Errc::bad_input, fmt::format("the key {} is there twice", quoted_name(object.key)), ec);
    }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return collect(part); }
    bool on_string(json::string_view part, std::size_t, json::error_code& ec)
    {
        collect(part);
        return take(Value(std::exchange(text_, {})), ec);
    }

    // The parser's own numbers are rounded, and unlike the standard library's not always correctly.
    bool on_number_part(json::string_view part, json::error_code&) { return collect(part); }
    bool on_int64(std::int64_t, json::string_view part, json::error_code& ec) { return number(part, ec); }
    bool on_uint64(std::uint64_t, json::string_view part, json::error_code& ec) { return number(part, ec); }
    bool on_double(double, json::string_view part, json::error_code& ec) { return number(part, ec); }

    bool on_bool(bool flag, json::error_code& ec) { return take(Value(flag), ec); }
    bool on_null(json::error_code& ec) { return take(Value{}, ec); }

    Value take_whole() { return std::move(whole_); }
    const std::optional<Error>& refusal() const { return refusal_; }

private:
    struct Open {
        bool is_object;
        Value::List items{};
        Value::Map members{};
        std::set<std::string> keys{};  // a look-up in the map per key would be quadratic in what a stranger sends
        std::string key{};
    };

    bool collect(json::string_view part)
    {
        text_.append(part.data(), part.size());
        return true;
    }

    bool refuse(Errc code, std::string why, json::error_code& ec)
    {
        refusal_ = make_error(code, std::move(why));
        ec = json::error::syntax;
        return false;
    }

    bool open(bool is_object, json::error_code& ec)
    {
        if (!has_room()) return too_deep(ec);
        open_.push_back({.is_object = is_object});
        return true;
    }

    bool has_room() const { return open_.size() < ValueLimits{}.depth; }
    bool too_deep(json::error_code& ec)
    {
        return refuse(Errc::limit_exceeded, fmt::format("values are nested more than {} deep", ValueLimits{}.depth), ec);
    }

    bool take(Value value, json::error_code& ec)
    {
        if (!has_room()) return too_deep(ec);
        if (open_.empty()) whole_ = std::move(value);
        else if (open_.back().is_object) open_.back().members.append(std::move(open_.back().key), std::move(value));
        else open_.back().items.push_back(std::move(value));
        return true;
    }

    bool number(json::string_view part, json::error_code& ec)
    {
        collect(part);
        const auto digits = std::exchange(text_, {});
        return digits.find_first_of(".eE") == std::string::npos ? take_number<std::int64_t>(digits, ec)
                                                                : take_number<double>(digits, ec);
    }

    template <class Number>
    bool take_number(const std::string& digits, json::error_code& ec)
    {
        Number parsed{};
        const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
        if (result.ec == std::errc{}) return take(Value(parsed), ec);
        return refuse(Errc::bad_input, fmt::format("the number {} is out of range", quoted_name(digits)), ec);
    }

    std::vector<Open> open_;
    std::string text_;  // of the key, text or number that is being read
    Value whole_;
    std::optional<Error> refusal_;
};

}  // namespace

Result<Value> from_json(std::string_view text, std::size_t most_octets)
{
    if (text.size() > most_octets) {
        return make_error(Errc::limit_exceeded, fmt::format("the JSON has {} octets, more than {}", text.size(), most_octets));
    }
    json::parse_options options;
    options.max_depth = ValueLimits{}.depth + 1;  // the maker says it in words
    json::basic_parser<ValueMaker> parser(options);
    json::error_code problem;
    const auto place = parser.write_some(false, text.data(), text.size(), problem);
    const auto& maker = parser.handler();
    if (maker.refusal()) {
        return make_error(maker.refusal()->code, fmt::format("{}, at octet {}", maker.refusal()->text, place));
    }
    if (!problem && place < text.size()) problem = json::error::extra_data;
    if (problem) {
        return make_error(Errc::bad_input, fmt::format("this is no JSON at octet {}: {}", place, problem.message()));
    }
    return parser.handler().take_whole();
}

}  // namespace shoal::control
