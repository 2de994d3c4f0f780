// Reads the .torrent at a path. Each operation is in one place, `under_way_`, until it has ended; taking it out is what makes its
// end the only one.
#pragma once

#include <shoal/services.hpp>
#include <shoal/source.hpp>

#include <cstdint>
#include <set>
#include <string_view>

namespace shoal::file_source {

class FileSource final : public Source {
public:
    /// Anything can be a path, so everybody else is surer.
    static constexpr std::int32_t claim = 10;

    explicit FileSource(Host& host);

    std::int32_t claims(std::string_view identifier) override;
    Result<void> resolve(std::uint64_t operation, const SourceRequest& request) override;
    void cancel(std::uint64_t operation) override;
    void on_stop() override;

private:
    void on_read(std::uint64_t operation, const Result<Bytes>& content);

    SourceAnswers answers_;
    Workers workers_;
    std::set<std::uint64_t> under_way_;
};

} // namespace shoal::file_source
