// The suite finds what is wrong: storages that each break one promise.
#include "support/temporary_folder.hpp"
#include "testing/storage_suite.hpp"

#include <shoal/storage.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::testing;

namespace {

// Right but for what a derived class breaks. Not parallel, keeps nothing.
class Plain : public Storage {
public:
    explicit Plain(Host&) {}

    Result<void> open(const StorageLayout& layout) override
    {
        read_only_ = layout.is_read_only();
        files_.resize(layout.files().size());
        return {};
    }

    Result<std::uint64_t> size(std::uint32_t file) override { return std::uint64_t{files_[file].size()}; }

    Result<std::uint64_t> read(std::uint32_t file, std::uint64_t offset, MutableBytes into) override
    {
        const auto& text = files_[file];
        if (offset >= text.size()) return std::uint64_t{0};
        return std::uint64_t{text.copy(reinterpret_cast<char*>(into.data()), into.size(), offset)};
    }

    Result<void> write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts) override
    {
        if (read_only_) return make_error(Errc::permission_denied, "read-only");
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (!put(file, offset, parts[i])) return make_error(Errc::disk_full, "it is for small tests");
            offset += parts[i].size();
        }
        return {};
    }

protected:
    bool put(std::uint32_t file, std::uint64_t offset, ByteView part)
    {
        if (offset > (1U << 20)) return false;
        auto& text = files_[file];
        if (!part.empty() && text.size() < offset + part.size()) text.resize(offset + part.size());
        std::ranges::copy(as_text(part),
                          text.begin() + static_cast<std::ptrdiff_t>(part.empty() ? 0 : offset));
        return true;
    }

    bool read_only_ = false;
    std::vector<std::string> files_;
};

class ForgetsOffsets : public Plain {
public:
    using Plain::Plain;
    Result<void> write(std::uint32_t file, std::uint64_t, const WriteParts& parts) override
    {
        return Plain::write(file, 0, parts);
    }
};

class WritesTheFirstPart : public Plain {
public:
    using Plain::Plain;
    Result<void> write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts) override
    {
        if (read_only_) return make_error(Errc::permission_denied, "read-only");
        if (parts.size() > 0) put(file, offset, parts[0]);
        return {};
    }
};

class MixesFiles : public Plain {
public:
    using Plain::Plain;
    Result<void> write(std::uint32_t file, std::uint64_t offset, const WriteParts& parts) override
    {
        return Plain::write(file % 256, offset, parts);
    }
};

class WritesAlways : public Plain {
public:
    using Plain::Plain;
    Result<void> open(const StorageLayout& layout) override
    {
        files_.resize(layout.files().size());
        return {};
    }
};

class LosesFinished : public Plain {
public:
    using Plain::Plain;
    Result<void> finish(std::uint32_t file) override
    {
        files_[file].clear();
        return {};
    }
};

class InventsBytes : public Plain {
public:
    using Plain::Plain;
    Result<std::uint64_t> read(std::uint32_t file, std::uint64_t offset, MutableBytes into) override
    {
        static_cast<void>(Plain::read(file, offset, into));
        return std::uint64_t{into.size()};
    }
};

class Throws : public Plain {
public:
    using Plain::Plain;
    Result<std::uint64_t> size(std::uint32_t) override { throw std::runtime_error("out of luck"); }
};

template <class T>
std::vector<std::string> broken_sentences()
{
    static constexpr auto factory = storage<T>("broken");
    const StorageSubject subject{.factory = &factory, .settings = {}, .keeps = false};
    std::vector<std::string> broken;
    for (const auto& test : storage_cases()) {
        const shoal::test::TemporaryFolder folder;
        if (!run(test, subject, folder.path().native()).empty()) broken.emplace_back(test.sentence);
    }
    return broken;
}

bool contains(const std::vector<std::string>& sentences, std::string_view sentence)
{
    return std::ranges::find(sentences, sentence) != sentences.end();
}

} // namespace

TEST_CASE("a small storage breaks no promise but that of 64 bits", "[conformance][storage]")
{
    CHECK(broken_sentences<Plain>() == std::vector<std::string>{"offsets have 64 bits"});
}

TEST_CASE("the suite finds each broken promise", "[conformance][storage]")
{
    CHECK(contains(broken_sentences<ForgetsOffsets>(), "writes may come in any order and again"));
    CHECK(contains(broken_sentences<WritesTheFirstPart>(), "the parts of a write lie one after the other"));
    CHECK(contains(broken_sentences<MixesFiles>(), "many files are kept apart"));
    CHECK(contains(broken_sentences<WritesAlways>(), "opened for reading alone nothing changes"));
    CHECK(contains(broken_sentences<LosesFinished>(), "finished files stay readable"));
    CHECK(contains(broken_sentences<InventsBytes>(), "what is not there is short or zero"));
    CHECK(contains(broken_sentences<Throws>(), "what is not there is short or zero"));
}
