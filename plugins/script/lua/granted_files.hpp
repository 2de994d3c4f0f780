// Files below the folders that a script is granted, and no others: paths are walked component by component from the folder's own
// descriptor, and no component may be a symbolic link. Nothing is ever overwritten or removed without the grant delete_data. Blocks, so it
// belongs on a worker.
#pragma once

#include "grants.hpp"

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::script_lua {

/// An open file or folder, closed with its owner; or the errno that says why there is none.
class OpenFile {
public:
    OpenFile() = default;
    explicit OpenFile(int result); // of open(2) and the like
    OpenFile(OpenFile&& other) noexcept;
    OpenFile& operator=(OpenFile&& other) noexcept;
    ~OpenFile();

    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] explicit operator bool() const { return number_ >= 0; }

private:
    int number_ = -1;
    int error_ = 0;
};

/// A copy under way, one part after the other. What is not whole is removed with it.
class FileCopy {
public:
    FileCopy(OpenFile from, OpenFile to, OpenFile folder, std::string name, std::string path)
        : from_(std::move(from)), to_(std::move(to)), folder_(std::move(folder)), name_(std::move(name)), path_(std::move(path))
    {
    }
    FileCopy(const FileCopy&) = delete;
    FileCopy& operator=(const FileCopy&) = delete;
    ~FileCopy();

    /// Whether it is whole.
    Result<bool> go_on();
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    OpenFile from_;
    OpenFile to_;
    OpenFile folder_; // that the copy is in
    std::string name_;
    std::string path_; // for people
    bool is_whole_ = false;
};

class GrantedFiles {
public:
    static constexpr std::size_t largest_read = 4u << 20;
    static constexpr std::size_t most_entries = 10'000;

    /// `is_over`: whoever asked has gone; what takes long stops.
    GrantedFiles(const Grants& grants, const std::atomic<bool>& is_over) : grants_(grants), is_over_(is_over) {}

    /// `what`: verb (list, stat, exists, read, write, append, move, copy, link, mkdir, remove), path, and for some to, text, max, replace.
    Result<Value> carry_out(const Value::Map& what);
    /// So much of it as takes no long, for others wait meanwhile. Nothing: there is more to do.
    std::optional<Result<Value>> go_on(const Value::Map& what);

private:
    // A name in a folder that is open.
    struct Place {
        OpenFile folder;
        std::string name; // empty: the granted folder itself
        std::string path; // for people
        bool may_write = false;
    };

    Result<Value> do_at_once(const Value::Map& what) const;
    Result<Place> find(const std::string& path, bool wants_to_write, bool makes_folders = false) const;
    Result<Value> list(const std::string& path) const;
    Result<Value> stat(const std::string& path, bool asks_only) const;
    Result<Value> read(const std::string& path, std::size_t most) const;
    Result<Value> write(const std::string& path, std::string_view text, bool replaces) const;
    Result<Value> append(const std::string& path, std::string_view text) const;
    Result<Value> move(const std::string& path, const std::string& to) const;
    Result<void> begin_copy(const std::string& path, const std::string& to);
    Result<Value> link(const std::string& path, const std::string& to) const;
    Result<Value> make_folder(const std::string& path) const;
    Result<Value> remove(const std::string& path) const;
    Result<void> check_deletion(const std::string& what) const;

    const Grants& grants_;
    const std::atomic<bool>& is_over_;
    std::unique_ptr<FileCopy> copy_;
};

} // namespace shoal::script_lua
