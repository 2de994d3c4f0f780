// What every storage has to do, as cases that any host of tests can run:
//
//     for (const auto& test : shoal::testing::storage_cases())
//         for (const auto& finding : shoal::testing::run(test, subject, empty_folder())) …it is not kept:
//         finding…
//
// Each case is a sentence that is true of the storage when there are no findings.
#pragma once

#include "testing/storage_trial.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <unistd.h>

namespace shoal::testing {

struct StorageCase {
    std::string_view sentence;
    void (*run)(StorageTrial&);
};

namespace detail {

inline const std::vector<TrialFile> one_file{{"torrent/only", 100'000}};

inline bool is_zero(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c == '\0'; });
}

inline void reads_back(StorageTrial& trial)
{
    const auto storage = trial.open(one_file);
    const auto text = pattern(100'000, 1);
    storage->write(0, 0, text);
    trial.expect(storage->read(0, 0, text.size()) == text, "what is read differs from what was written");
    trial.expect(storage->read(0, 70'001, 1'234) == text.substr(70'001, 1'234), "a part read alone differs");
}

inline void gathers(StorageTrial& trial)
{
    const auto storage = trial.open(one_file);
    const auto text = pattern(50'000, 2);
    const std::string_view all(text);
    std::vector<std::string_view> parts{all.substr(0, 1), {}, all.substr(1, 16'384)};
    for (std::size_t at = 16'385; at < all.size(); at += 100) parts.push_back(all.substr(at, 100));
    trial.expect(storage->try_write(0, 777, parts) >= 0, "a write of many parts fails");
    trial.expect(storage->read(0, 777, text.size()) == text, "parts do not lie one after the other");
    trial.expect(storage->try_write(0, 0, {}) >= 0, "a write of no parts fails");
    trial.expect(storage->try_write(0, 0, {""}) >= 0, "a write of nothing fails");
}

inline void writes_anywhere(StorageTrial& trial)
{
    const auto storage = trial.open(one_file);
    const auto text = pattern(100'000, 3);
    for (std::size_t i = 0; i < 100; ++i) {
        const auto at = i * 37 % 100 * 1'000; // every place once, out of order
        storage->write(0, at, std::string_view(text).substr(at, 1'000));
    }
    trial.expect(storage->read(0, 0, text.size()) == text,
                 "pieces written out of order do not make the whole");
    storage->write(0, 5'000, "later");
    trial.expect(storage->read(0, 4'998, 9) == text.substr(4'998, 2) + "later" + text.substr(5'005, 2),
                 "a later write does not replace just what it covers");
}

inline void is_short_or_zero(StorageTrial& trial)
{
    const auto storage = trial.open(one_file);
    trial.expect(storage->size(0) == 0, "a file that nobody wrote has a size");
    trial.expect(storage->read(0, 0, 100).empty(), "bytes are read where nothing is");
    storage->write(0, 60'000, "there");
    const auto size = storage->size(0);
    trial.expect(size >= 60'005 && size <= 100'000,
                 "the size is not between what was written and the length");
    const auto gap = storage->read(0, 10, 1'000);
    trial.expect(is_zero(gap), "a gap is not read as zeros");
    const auto tail = storage->read(0, 60'000, 10'000);
    trial.expect(tail.substr(0, 5) == "there", "what lies behind a gap is not read back");
    trial.expect(is_zero(std::string_view(tail).substr(std::min<std::size_t>(tail.size(), 5))),
                 "what follows the last byte is not zero");
    trial.expect(storage->read(0, 100'000, 10).empty(), "bytes are read past the end of the file");
    trial.expect(storage->read(0, 0, 0).empty(), "a read of nothing gives something");
}

inline void keeps_files_apart(StorageTrial& trial)
{
    std::vector<TrialFile> files;
    for (int i = 0; i < 300; ++i) {
        files.push_back({"torrent/folder " + std::to_string(i % 7) + "/" + std::to_string(i), 2'000});
    }
    const auto storage = trial.open(files);
    for (std::uint32_t i = 0; i < 300; ++i) storage->write(i, 0, pattern(1'000, i));
    for (std::uint32_t i = 0; i < 300; ++i) storage->write(299 - i, 1'000, pattern(1'000, 1'299 - i));
    bool same = true;
    for (std::uint32_t i = 0; i < 300; ++i) {
        same = same && storage->read(i, 0, 2'000) == pattern(1'000, i) + pattern(1'000, 1'000 + i);
    }
    trial.expect(same, "what was written to one file of many is not what is read from it");
}

inline void takes_odd_files(StorageTrial& trial)
{
    const auto storage = trial.open({{"torrent/empty", 0},
                                     {"torrent/.pad/9", 9, SHOAL_FILE_PADDING},
                                     {"torrent/one", 1},
                                     {"torrent/deep/er/still/x", 5}});
    storage->write(2, 0, "1");
    storage->write(3, 0, "12345");
    trial.expect(storage->size(0) == 0, "an empty file has a size");
    trial.expect(storage->read(0, 0, 10).empty(), "an empty file has content");
    for (const std::uint32_t file : {0U, 2U, 3U}) storage->finish(file);
    trial.expect(storage->read(0, 0, 10).empty(), "an empty file has content once it is finished");
    trial.expect(storage->read(2, 0, 10) == "1", "a file of one byte is not read back");
    trial.expect(storage->read(3, 0, 10) == "12345", "a file in a folder in a folder is not read back");
}

inline void reaches_far(StorageTrial& trial)
{
    constexpr std::uint64_t length = (std::uint64_t{5} << 30) + 3;
    const auto storage = trial.open({{"torrent/large", length}});
    storage->write(0, length - 5, "12345");
    storage->write(0, std::uint64_t{1} << 32, "beyond 32 bits");
    trial.expect(storage->read(0, length - 5, 100) == "12345", "the end of a file of 5 GiB is not read back");
    trial.expect(storage->read(0, std::uint64_t{1} << 32, 14) == "beyond 32 bits",
                 "offsets above 32 bits are cut");
    trial.expect(storage->size(0) == length, "a file written to its end has another size than its length");
}

inline void finishes(StorageTrial& trial)
{
    const auto storage = trial.open({{"torrent/a", 40'000}, {"torrent/b", 30'000}});
    const auto a = pattern(40'000, 4);
    const auto b = pattern(30'000, 5);
    storage->write(0, 0, a);
    storage->write(1, 0, std::string_view(b).substr(0, 10'000));
    storage->finish(0);
    storage->write(1, 10'000, std::string_view(b).substr(10'000));
    trial.expect(storage->read(0, 0, a.size()) == a, "a finished file is not read back");
    trial.expect(storage->size(0) == a.size(), "a finished file has another size");
    storage->finish(1);
    trial.expect(storage->read(1, 0, b.size()) == b, "the second finished file is not read back");
    storage->flush();
    trial.expect(storage->read(0, 0, a.size()) == a, "a flushed file is not read back");
}

inline void flushes(StorageTrial& trial)
{
    const auto storage = trial.open(one_file);
    storage->flush();
    storage->write(0, 0, "x");
    storage->flush();
    storage->flush();
    trial.expect(storage->read(0, 0, 1) == "x", "flushing changes what is read");
}

inline void is_parallel_as_promised(StorageTrial& trial)
{
    const auto storage = trial.open({{"torrent/a", 1'000'000}, {"torrent/b", 1'000'000}});
    if (!storage->is_parallel()) return;
    const auto text = pattern(1'000'000, 6);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t at = t * 1'000; at < text.size(); at += 8'000) {
                const auto part = std::string_view(text).substr(at, 1'000);
                for (const std::uint32_t file : {0U, 1U}) {
                    storage->write(file, at, part);
                    trial.expect(storage->read(file, at, part.size()) == part,
                                 "a range is not what this thread wrote");
                }
            }
        });
    }
    for (auto& thread : threads) thread.join();
    for (const std::uint32_t file : {0U, 1U}) {
        trial.expect(storage->read(file, 0, text.size()) == text,
                     "ranges written at once do not make the whole");
    }
}

inline void opens_again(StorageTrial& trial)
{
    const std::vector<TrialFile> files{
        {"torrent/done", 5'000}, {"torrent/half", 5'000}, {"torrent/none", 5'000}};
    const auto done = pattern(5'000, 7);
    {
        const auto storage = trial.open(files);
        storage->write(0, 0, done);
        storage->finish(0);
        storage->write(1, 0, "half");
        storage->flush();
    }
    const auto storage = trial.open(files);
    if (!trial.subject().keeps) {
        for (const std::uint32_t file : {0U, 1U, 2U})
            trial.expect(storage->size(file) == 0, "something is left of the last time");
        return;
    }
    trial.expect(storage->read(0, 0, 6'000) == done, "a finished file is not there after a restart");
    trial.expect(storage->read(1, 0, 4) == "half", "an unfinished file is not there after a restart");
    trial.expect(storage->size(2) == 0, "a file that was never written is there after a restart");
    storage->write(1, 4, std::string(4'996, 'x'));
    storage->finish(0);
    storage->finish(1);
    trial.expect(storage->read(1, 0, 5'000) == "half" + std::string(4'996, 'x'),
                 "an unfinished file cannot be gone on with");
}

inline void only_reads(StorageTrial& trial)
{
    if (trial.subject().keeps) {
        const auto storage = trial.open(one_file);
        storage->write(0, 0, pattern(100'000, 8));
        storage->finish(0);
    }
    const auto storage = trial.open(one_file, SHOAL_STORAGE_READ_ONLY);
    const auto before = storage->read(0, 0, 100'000);
    if (trial.subject().keeps) trial.expect(before == pattern(100'000, 8), "what is there cannot be read");
    static_cast<void>(storage->take_error());
    trial.expect(storage->try_write(0, 0, {"changed"}) < 0,
                 "a storage opened for reading alone can be written");
    trial.expect(!storage->take_error().empty(), "the refusal has no text");
    trial.expect(storage->read(0, 0, 100'000) == before, "a refused write has changed something");
}

inline void names_descriptors(StorageTrial& trial)
{
    std::vector<TrialFile> files;
    for (int i = 0; i < 300; ++i) files.push_back({"torrent/" + std::to_string(i), 1'000});
    const auto storage = trial.open(files);
    if (!storage->can_locate()) return;
    const auto text = pattern(1'000, 9);
    storage->write(0, 0, text);
    const auto descriptor = storage->locate(0);
    if (!trial.expect(descriptor.has_value(), "there is no descriptor for a file that is there")) return;
    const auto sees = [&](int number) {
        std::string seen(500, '?');
        return ::pread(number, seen.data(), seen.size(), 300) == 500 && seen == text.substr(300, 500);
    };
    trial.expect(sees(*descriptor), "the descriptor does not give the file at the same offsets");
    for (std::uint32_t i = 1; i < 300; ++i) storage->write(i, 0, "x");
    trial.expect(sees(*descriptor), "a descriptor does not outlive the use of other files");
    storage->finish(0);
    const auto after = storage->locate(0);
    trial.expect(after && sees(*after), "there is no descriptor for a finished file");
    trial.expect(after != descriptor || sees(*descriptor), "a descriptor that is named again is closed");
}

inline void keeps_instances_apart(StorageTrial& trial)
{
    const auto one = trial.open_in("one", one_file);
    const auto two = trial.open_in("two", one_file);
    one->write(0, 0, "first");
    two->write(0, 0, "second");
    trial.expect(one->read(0, 0, 10).substr(0, 5) == "first", "two instances share their content");
    trial.expect(two->read(0, 0, 10).substr(0, 6) == "second", "two instances share their content");
}

inline void opens_and_closes(StorageTrial& trial)
{
    for (int i = 0; i < 200; ++i) trial.expect(trial.open(one_file)->is_open(), "it does not open");
    trial.open({}); // a torrent always has a file; an empty layout is no reason to crash
}

inline void goes_on_after_a_pause(StorageTrial& trial)
{
    const TrialLayout layout(trial.path("paused"), one_file);
    const auto storage = trial.open_in("paused", one_file);
    storage->write(0, 0, "before");
    storage->close_and_open(layout.raw());
    trial.expect(storage->read(0, 0, 6) == "before", "what was written before a pause is gone");
    storage->write(0, 6, "after");
    trial.expect(storage->read(0, 6, 5) == "after", "after a pause nothing can be written");
}

inline const std::vector<TrialFile> three_files{
    {"torrent/done", 40'000}, {"torrent/sub/half", 30'000}, {"torrent/none", 10}};

// One finished, one begun, one untouched.
inline std::unique_ptr<OpenStorage> open_with_content(StorageTrial& trial, const std::string& below)
{
    auto storage = trial.open_in(below, three_files);
    storage->write(0, 0, pattern(40'000, 10));
    storage->finish(0);
    storage->write(1, 5'000, pattern(10'000, 11));
    return storage;
}

inline void has_content(StorageTrial& trial, OpenStorage& storage, std::string_view where)
{
    trial.expect(storage.read(0, 0, 40'000) == pattern(40'000, 10), "a finished file is not whole " + std::string(where));
    trial.expect(storage.read(1, 5'000, 10'000) == pattern(10'000, 11), "a begun file is not whole " + std::string(where));
    trial.expect(storage.size(2) == 0, "a file that was never written is there " + std::string(where));
}

inline void has_nothing(StorageTrial& trial, const std::string& below, std::string_view why)
{
    const auto storage = trial.open_in(below, three_files);
    for (const std::uint32_t file : {0U, 1U, 2U}) trial.expect(storage->size(file) == 0, why);
}

inline void moves(StorageTrial& trial)
{
    const auto storage = open_with_content(trial, "old");
    if (!storage->can_move()) return;
    const auto descriptor = storage->locate(0);
    storage->move(trial.path("some/where/new"));
    has_content(trial, *storage, "after a move");
    std::string seen(100, '?');
    const bool is_readable = !descriptor || ::pread(*descriptor, seen.data(), seen.size(), 500) == 100;
    trial.expect(is_readable && (!descriptor || seen == pattern(40'000, 10).substr(500, 100)),
                 "a descriptor that was lent before a move does not give the file any more");
    storage->write(1, 0, pattern(5'000, 12));
    trial.expect(storage->read(1, 0, 5'000) == pattern(5'000, 12), "what was moved cannot be written to");
    storage->flush();
    has_content(trial, *trial.open_in("some/where/new", three_files), "in the new folder");
    has_nothing(trial, "old", "something is left in the old folder");
}

inline void can_be_cancelled(StorageTrial& trial)
{
    const auto storage = open_with_content(trial, "old");
    if (!storage->can_move()) return;
    trial.expect(storage->try_move(trial.path("new"), 0) == SHOAL_E_CANCELLED,
                 "a move that has to stop goes on, or fails with something else");
    has_content(trial, *storage, "after a cancelled move");
    has_nothing(trial, "new", "a cancelled move leaves something behind");
    storage->move(trial.path("new"));
    has_content(trial, *storage, "after a move that was cancelled first");
}

inline void moves_over_nothing(StorageTrial& trial)
{
    const auto storage = open_with_content(trial, "old");
    if (!storage->can_move()) return;
    {
        const auto other = trial.open_in("new", three_files);
        other->write(1, 0, "somebody else's");
    }
    if (!trial.subject().keeps) return;
    trial.expect(storage->try_move(trial.path("new"), 1'000'000) < 0, "a move writes over what is there");
    has_content(trial, *storage, "after a move that was refused");
    const auto other = trial.open_in("new", three_files);
    trial.expect(other->read(1, 0, 15) == "somebody else's", "a refused move has changed what is there");
    trial.expect(other->size(0) == 0, "a refused move leaves something behind");
}

inline void renames(StorageTrial& trial)
{
    const auto storage = open_with_content(trial, "names");
    if (!storage->can_rename()) return;
    storage->rename(0, "torrent/other/name");
    storage->rename(1, "torrent/half of it");
    storage->rename(2, "elsewhere");
    has_content(trial, *storage, "after renaming");
    storage->write(2, 0, "0123456789");
    storage->finish(2);
    storage->flush();
    const auto again = trial.open_in(
        "names", {{"torrent/other/name", 40'000}, {"torrent/half of it", 30'000}, {"elsewhere", 10}});
    if (!trial.subject().keeps) return;
    trial.expect(again->read(0, 0, 40'000) == pattern(40'000, 10), "a renamed file is not found under its new name");
    trial.expect(again->read(1, 5'000, 10'000) == pattern(10'000, 11), "a renamed begun file is not found");
    trial.expect(again->read(2, 0, 10) == "0123456789", "a file renamed before it was written is not found");
    has_nothing(trial, "names", "something is left under the old name");
}

inline void renames_over_nothing(StorageTrial& trial)
{
    const auto storage = open_with_content(trial, "names");
    if (!storage->can_rename()) return;
    for (const auto* path : {"torrent/done", "torrent", "torrent/done/below", "../out", "/out", "", "a//b", "a/./b"})
        trial.expect(storage->try_rename(1, path) < 0, "a file gets the name '" + std::string(path) + "'");
    has_content(trial, *storage, "after renaming that was refused");
}

inline void removes(StorageTrial& trial)
{
    const auto storage = open_with_content(trial, "gone");
    if (!storage->can_remove()) return;
    storage->remove({1});
    trial.expect(storage->size(1) == 0, "a removed file has a size");
    trial.expect(storage->read(0, 0, 40'000) == pattern(40'000, 10), "another file went with a removed one");
    storage->remove({0, 1, 2});
    for (const std::uint32_t file : {0U, 1U, 2U}) trial.expect(storage->size(file) == 0, "a removed file has a size");
    trial.expect(storage->read(0, 0, 10).empty(), "a removed file can be read");
    storage->write(0, 0, "again");
    trial.expect(storage->read(0, 0, 5) == "again", "a removed file cannot be written again");
}

} // namespace detail

[[nodiscard]] inline std::span<const StorageCase> storage_cases()
{
    static constexpr std::array cases{
        StorageCase{"what was written is read back, whole and in part", &detail::reads_back},
        StorageCase{"the parts of a write lie one after the other", &detail::gathers},
        StorageCase{"writes may come in any order and again", &detail::writes_anywhere},
        StorageCase{"what is not there is short or zero", &detail::is_short_or_zero},
        StorageCase{"many files are kept apart", &detail::keeps_files_apart},
        StorageCase{"empty, padding and deep files are files", &detail::takes_odd_files},
        StorageCase{"offsets have 64 bits", &detail::reaches_far},
        StorageCase{"finished files stay readable", &detail::finishes},
        StorageCase{"flushing is possible at any time", &detail::flushes},
        StorageCase{"what says it is parallel is", &detail::is_parallel_as_promised},
        StorageCase{"opening again finds what was kept", &detail::opens_again},
        StorageCase{"opened for reading alone nothing changes", &detail::only_reads},
        StorageCase{"a descriptor gives the file until it is closed", &detail::names_descriptors},
        StorageCase{"after a pause it goes on", &detail::goes_on_after_a_pause},
        StorageCase{"what is moved is at the new place, and only there", &detail::moves},
        StorageCase{"a move that is cancelled changes nothing", &detail::can_be_cancelled},
        StorageCase{"a move writes over nothing", &detail::moves_over_nothing},
        StorageCase{"a renamed file is the same under another name", &detail::renames},
        StorageCase{"renaming writes over nothing and leads nowhere out", &detail::renames_over_nothing},
        StorageCase{"what is removed is gone, and nothing else", &detail::removes},
        StorageCase{"two instances share nothing", &detail::keeps_instances_apart},
        StorageCase{"opening and closing costs nothing that stays", &detail::opens_and_closes},
    };
    return cases;
}

/// `folder`: absolute, there, and empty. Every finding is a promise that was not kept.
[[nodiscard]] inline std::vector<std::string> run(const StorageCase& test, const StorageSubject& subject,
                                                  const std::string& folder)
{
    StorageTrial trial(subject, folder);
    test.run(trial);
    return trial.take_findings();
}

} // namespace shoal::testing
