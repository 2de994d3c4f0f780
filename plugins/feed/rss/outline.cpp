#include "outline.hpp"

#include "ascii.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace shoal::rss {
namespace {

struct Tag {
    std::string name{}; // lower case, with its prefix
    std::size_t begin = 0; // of '<'
    std::size_t end = 0; // after '>'
    bool is_end = false;
    bool is_empty = false; // <name/>
};

bool is_name_character(char c)
{
    return is_letter(c) || is_digit(c) || c == ':' || c == '_' || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// Goes from tag to tag; comments, CDATA, declarations and instructions are passed over. npos: nothing more, or no whole tag.
class Tags {
public:
    explicit Tags(std::string_view text) : text_(text) {}

    std::optional<Tag> next()
    {
        for (;;) {
            at_ = text_.find('<', at_);
            if (at_ == text_.npos) return std::nullopt;
            const auto rest = text_.substr(at_);
            if (rest.starts_with("<![CDATA[")) pass("]]>");
            else if (rest.starts_with("<!--")) pass("-->");
            else if (rest.starts_with("<?")) pass("?>");
            else if (rest.starts_with("<!")) pass_declaration();
            else if (auto tag = read()) return tag;
            else ++at_; // a lone '<'
            if (at_ == text_.npos) return std::nullopt;
        }
    }

private:
    void pass(std::string_view end)
    {
        const auto found = text_.find(end, at_ + 2);
        at_ = found == text_.npos ? text_.npos : found + end.size();
    }

    // <!DOCTYPE rss [ … ]>: its inner declarations end with '>', too. That no "]>" comes any more is found out once.
    void pass_declaration()
    {
        const auto end = text_.find('>', at_);
        const bool has_inner = can_end_inner_ && text_.substr(at_, end - at_).find('[') != text_.npos;
        const auto last = has_inner ? text_.find("]>", at_) : text_.npos;
        if (has_inner) can_end_inner_ = last != text_.npos;
        if (last != text_.npos) at_ = last + 2;
        else at_ = end == text_.npos ? end : end + 1;
    }

    std::optional<Tag> read()
    {
        Tag tag{.begin = at_};
        auto at = at_ + 1;
        tag.is_end = at < text_.size() && text_[at] == '/';
        if (tag.is_end) ++at;
        const auto name = at;
        while (at < text_.size() && is_name_character(text_[at])) ++at;
        if (at == name) return std::nullopt;
        tag.name = lower(text_.substr(name, at - name));
        const auto end = end_of_tag(at);
        if (!end) return std::nullopt;
        tag.end = at_ = *end;
        tag.is_empty = text_[tag.end - 2] == '/';
        return tag;
    }

    // A '>' in quotes ends nothing. A '<' cannot be in a tag: then somebody forgot a quote, and the tag ends here.
    std::optional<std::size_t> end_of_tag(std::size_t at) const
    {
        char quote = '\0';
        for (; at < text_.size(); ++at) {
            const char c = text_[at];
            if (c == '<') return at;
            if (quote != '\0') {
                if (c == quote) quote = '\0';
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                return at + 1;
            }
        }
        return std::nullopt;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    bool can_end_inner_ = true;
};

std::string_view local_name(std::string_view name) { return name.substr(name.rfind(':') + 1); }

Error no_feed(std::string_view what) { return make_error(Errc::bad_input, "this is " + std::string(what)); }

// What came instead, as far as it can be told.
Error explained(std::string_view text)
{
    text = trimmed(text);
    if (text.empty()) return no_feed("empty, and no feed");
    if (text.front() == '{' || text.front() == '[') return no_feed("JSON and no feed: look for the site's RSS, Atom or Torznab address");
    if (begins(text, "<!doctype html") || begins(text, "<html")) {
        return no_feed("a web page and no feed: is the address right, and does the site want a cookie or a key?");
    }
    return no_feed("neither RSS nor Atom nor Torznab");
}

std::optional<Outline::Kind> kind_of(std::string_view root)
{
    if (root == "rss" || root == "channel") return Outline::Kind::rss;
    if (root == "rdf") return Outline::Kind::rdf;
    if (root == "feed") return Outline::Kind::atom;
    if (root == "error") return Outline::Kind::error;
    return std::nullopt;
}

class Cutter {
public:
    Cutter(std::string_view text, Outline& out, std::string root) : text_(text), out_(out), root_(std::move(root)) {}

    void see(const Tag& tag)
    {
        const auto local = local_name(tag.name);
        if (tag.is_end && tag.name == root_) is_closed_ = true;
        if (local != (out_.kind == Outline::Kind::atom ? "entry" : "item")) return;
        if (tag.is_end) return tag.name == name_ ? end_item(tag.end) : void();
        // One that begins inside another means that the other was never ended.
        if (begin_) out_.left_out += 1;
        else add_to_head(tag.begin);
        begin_ = tag.begin;
        name_ = tag.name;
        if (tag.is_empty) end_item(tag.end);
    }

    void finish()
    {
        if (!begin_) add_to_head(text_.size());
        out_.is_cut_off = begin_.has_value() || !is_closed_;
    }

private:
    void end_item(std::size_t end)
    {
        if (!begin_) return;
        const auto item = text_.substr(*begin_, end - *begin_);
        if (item.size() > Outline::longest_item || out_.items.size() >= Outline::most_items) ++out_.left_out;
        else out_.items.push_back(item);
        begin_.reset();
        rest_ = end;
    }

    void add_to_head(std::size_t until)
    {
        out_.head += text_.substr(rest_, std::min(until - rest_, Outline::longest_head - out_.head.size()));
    }

    std::string_view text_;
    Outline& out_;
    std::string root_;
    std::string name_;
    std::optional<std::size_t> begin_;
    std::size_t rest_ = 0;
    bool is_closed_ = false;
};

} // namespace

Result<Outline> outline(std::string_view text)
{
    Tags tags(text);
    const auto root = tags.next();
    if (!root || root->is_end) return explained(text);
    const auto kind = kind_of(local_name(root->name));
    if (!kind) return explained(text);
    Outline out{.kind = *kind};
    Cutter cutter(text, out, root->name);
    bool is_only = root->is_empty;
    while (const auto tag = is_only ? std::nullopt : tags.next()) cutter.see(*tag);
    cutter.finish();
    out.is_cut_off = out.is_cut_off && !is_only;
    return out;
}

} // namespace shoal::rss
