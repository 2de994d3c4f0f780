// Writer: encodes one bencode value (BEP 3) as it is told, canonically. Misuse is our own bug and asserts:
// keys that do not ascend, a value without its key, a container left open.
#pragma once

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::bencode {

class Writer {
public:
    Writer& integer(std::int64_t value)
    {
        begin_value();
        append("i");
        append(std::to_string(value));
        append("e");
        return *this;
    }

    Writer& string(std::string_view text)
    {
        begin_value();
        append_string(text);
        return *this;
    }

    Writer& bytes(ByteView bytes) { return string(as_text(bytes)); }

    /// One value that is encoded already, written as it is.
    Writer& raw(ByteView encoded)
    {
        begin_value();
        append(as_text(encoded));
        return *this;
    }

    Writer& begin_list() { return begin("l", false); }
    Writer& end_list() { return end(false); }
    Writer& begin_dict() { return begin("d", true); }
    Writer& end_dict() { return end(true); }

    /// Above the key before it in the same dict, by unsigned bytes.
    Writer& key(std::string_view key)
    {
        SHOAL_ASSERT(!open_.empty() && open_.back().is_dict && !open_.back().has_key);
        auto& dict = open_.back();
        SHOAL_ASSERT(dict.key_end == 0 || last_key(dict) < key);
        append_string(key);
        dict.key_end = out_.size();
        dict.key_size = key.size();
        dict.has_key = true;
        return *this;
    }

    /// The one whole value; the writer is as new afterwards.
    [[nodiscard]] Bytes take()
    {
        SHOAL_ASSERT(open_.empty() && !out_.empty());
        return std::exchange(out_, {});
    }

private:
    struct Open {
        bool is_dict;
        bool has_key = false; // a dict whose next value is due
        std::size_t key_end = 0;
        std::size_t key_size = 0;
    };

    void begin_value()
    {
        if (open_.empty()) {
            SHOAL_ASSERT(out_.empty());
        } else if (open_.back().is_dict) {
            SHOAL_ASSERT(open_.back().has_key);
            open_.back().has_key = false;
        }
    }

    Writer& begin(std::string_view mark, bool is_dict)
    {
        begin_value();
        append(mark);
        open_.push_back({.is_dict = is_dict});
        return *this;
    }

    Writer& end(bool is_dict)
    {
        SHOAL_ASSERT(!open_.empty() && open_.back().is_dict == is_dict && !open_.back().has_key);
        append("e");
        open_.pop_back();
        return *this;
    }

    [[nodiscard]] std::string_view last_key(const Open& dict) const
    {
        return as_text(ByteView(out_).subspan(dict.key_end - dict.key_size, dict.key_size));
    }

    void append_string(std::string_view text)
    {
        append(std::to_string(text.size()));
        append(":");
        append(text);
    }

    void append(std::string_view text) { shoal::append(out_, as_bytes(text)); }

    Bytes out_;
    std::vector<Open> open_;
};

} // namespace shoal::bencode
