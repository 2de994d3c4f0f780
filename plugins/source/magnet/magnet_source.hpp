// Magnet links (BEP 9), and bare info-hashes, from which it makes links. Each operation is in one place, `links_`, until it has
// ended; taking it out is what makes its end the only one.
#pragma once

#include <shoal/services.hpp>
#include <shoal/source.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::magnet_source {

/// The magnet link that this is or stands for: a link, 40 hexadecimal or 32 base32 digits (v1), 64 hexadecimal ones (v2, BEP 52).
[[nodiscard]] std::optional<std::string> link_of(std::string_view identifier);

class MagnetSource final : public Source {
public:
    /// A file may be called like an info-hash; who means it writes ./ before its name.
    static constexpr std::int32_t claim_of_hash = 90;

    explicit MagnetSource(Host& host);

    std::int32_t claims(std::string_view identifier) override;
    Result<void> resolve(std::uint64_t operation, const SourceRequest& request) override;
    void cancel(std::uint64_t operation) override;
    void on_stop() override;

private:
    void answer();

    SourceAnswers answers_;
    Timers timers_;
    std::map<std::uint64_t, std::string> links_;
    Timer turn_; // the next turn of the loop: no operation ends inside the call that began it
};

} // namespace shoal::magnet_source
