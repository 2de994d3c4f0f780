// Document: a parsed bencode value (BEP 3), as a flat array of tokens over bytes that the caller keeps alive.
// Nothing is copied, nothing recurses, and no memory is taken on the word of the input: what it costs is
// bounded by the Limits and by the bytes that are really there.
#pragma once

#include <shoal/bencode/node.hpp>
#include <shoal/bencode/parser.hpp>
#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <cstddef>
#include <utility>

namespace shoal::bencode {

/// Errors are bad_input, or limit_exceeded, and say at which byte and what was expected there.
/// Refused: leading zeros, "-0", integers beyond 64 bits, lengths beyond the input, keys that are no strings
/// or that repeat. Keys out of order are read, as old torrents have them; is_canonical() tells.
class Document {
public:
    /// The whole input is one value.
    [[nodiscard]] static Result<Document> parse(ByteView input, Limits limits = {});

    /// The input begins with one value; consumed() says where it ends (ut_metadata, careless trackers).
    [[nodiscard]] static Result<Document> parse_prefix(ByteView input, Limits limits = {});

    [[nodiscard]] Node root() const noexcept
    {
        return {parsed_.tokens.data(), parsed_.tokens.data(), input_};
    }
    [[nodiscard]] std::size_t consumed() const noexcept { return parsed_.tokens.front().end; }

    /// The keys of every dict ascend: encoding the value again gives the same bytes.
    [[nodiscard]] bool is_canonical() const noexcept { return parsed_.keys_ascend; }

private:
    Document(detail::Parsed parsed, const char* input) noexcept : parsed_(std::move(parsed)), input_(input) {}

    detail::Parsed parsed_;
    const char* input_;
};

inline Result<Document> Document::parse_prefix(ByteView input, Limits limits)
{
    const auto text = as_text(input);
    auto parsed = detail::Parser(text, limits).run();
    if (!parsed) return std::move(parsed).error();
    return Document(std::move(*parsed), text.data());
}

inline Result<Document> Document::parse(ByteView input, Limits limits)
{
    auto document = parse_prefix(input, limits);
    if (document && document->consumed() != input.size()) {
        return detail::error_at(document->consumed(), "expected the end of the input");
    }
    return document;
}

} // namespace shoal::bencode
