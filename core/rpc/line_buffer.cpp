#include "rpc/line_buffer.hpp"

#include <algorithm>

namespace shoal::rpc {

namespace {

// More than that is not kept for lines to come.
constexpr std::size_t kept_capacity = 1 << 20;

}  // namespace

void LineBuffer::feed(ByteView octets)
{
    std::string_view text = as_text(octets);
    if (is_dropping_) {
        const auto end = text.find('\n');
        if (end == text.npos) return;
        is_dropping_ = false;
        text.remove_prefix(end + 1);
    }
    forget_given();
    buffer_.append(text);
}

// What is left is moved only when no more of it is than goes.
void LineBuffer::forget_given()
{
    if (begin_ < held()) return;
    if (held() == 0 && buffer_.capacity() > kept_capacity) buffer_ = std::string();
    else buffer_.erase(0, begin_);
    scanned_ -= std::min(begin_, scanned_);
    begin_ = 0;
}

LineBuffer::Next LineBuffer::next()
{
    const auto end = buffer_.find('\n', std::max(scanned_, begin_));
    if (end == buffer_.npos) {
        scanned_ = buffer_.size();
        if (held() <= longest_) return {};
        drop_line();
        return {.kind = Kind::too_long};
    }
    const auto text = std::string_view(buffer_).substr(begin_, end - begin_);
    begin_ = scanned_ = end + 1;
    if (text.size() > longest_) return {.kind = Kind::too_long};
    return {.kind = Kind::line, .text = text};
}

void LineBuffer::drop_line()
{
    buffer_ = std::string();
    begin_ = scanned_ = 0;
    is_dropping_ = true;
}

}  // namespace shoal::rpc
