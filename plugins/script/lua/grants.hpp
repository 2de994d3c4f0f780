// What a script asks for beyond what every script may, in the comments that it begins with:
//
//   -- grants: delete_data, http(api.example.org, *.lan.example:8080), fs(/data/done:rw, /media), proc(/usr/bin/ffprobe), notify
//
// Several such lines add up. A host without a port is meant with the usual one of its scheme, `host:*` with any. A folder may be read, with
// `:rw` written, too.
#pragma once

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::script_lua {

class Grants {
public:
    struct Folder {
        std::string path; // absolute, without a slash at its end
        bool may_write = false;
    };
    /// Local addresses may be asked only when that very host is named.
    enum class Reach { nowhere, in_public, anywhere };

    /// Reads them from a script. Errors: one that is malformed or unknown, or that stands where none is read.
    static Result<Grants> parse(std::string_view script);

    [[nodiscard]] bool has(std::string_view word) const { return words_.contains(word); }
    [[nodiscard]] Reach reach(std::string_view host, std::uint16_t port, bool is_usual_port) const;
    [[nodiscard]] const std::vector<Folder>& folders() const { return folders_; }
    /// May a method be called so? Errors: permission_denied, with the line that is missing.
    [[nodiscard]] Result<void> check_call(std::string_view method, const Value::Map& arguments) const;
    [[nodiscard]] bool may_run(std::string_view program) const { return programs_.contains(program); }

    /// Each as it may be written, for people: "http(api.example.org)".
    [[nodiscard]] const std::set<std::string, std::less<>>& words() const { return words_; }

private:
    struct WebHost {
        std::string name; // in lower case; of a "*.name" what follows the star
        bool is_below = false;
        std::uint16_t port = 0; // 0: the usual one
        bool has_any_port = false;
    };

    Result<void> read_line(std::string_view line);
    Result<void> add(std::string_view kind, std::string_view what);
    Result<void> add_host(std::string_view text);
    Result<void> add_folder(std::string_view text);
    [[nodiscard]] Result<void> check_source(std::string_view source) const;

    std::set<std::string, std::less<>> words_;
    std::vector<WebHost> hosts_;
    std::vector<Folder> folders_;
    std::set<std::string, std::less<>> programs_;
};

/// How a script says that it wants this, for texts that tell people what is missing.
std::string grant_line(std::string_view word);

} // namespace shoal::script_lua
