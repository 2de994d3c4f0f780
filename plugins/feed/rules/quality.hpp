// How good a release is: resolution, source and codec, each in an order of its own, and what a rule wants of them.
#pragma once

#include <shoal/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

/// Each from worst to best; 0: unknown.
enum class Resolution : std::uint8_t { unknown, r360p, r480p, r540p, r576p, r720p, r1080i, r1080p, r1440p, r2160p, r4320p };
enum class Origin : std::uint8_t { unknown, cam, telesync, telecine, screener, tvrip, hdtv, hdrip, dvdrip, dvd, webrip, webdl, bdrip, bluray, remux };
enum class Codec : std::uint8_t { unknown, mpeg2, xvid, h264, vp9, h265, av1 };

struct Quality {
    Resolution resolution = Resolution::unknown;
    Origin origin = Origin::unknown;
    Codec codec = Codec::unknown;

    /// Of two, the better has the greater one.
    [[nodiscard]] int rank() const { return static_cast<int>(resolution) * 256 + static_cast<int>(origin) * 8 + static_cast<int>(codec); }
    static Quality of_rank(int rank)
    {
        return {static_cast<Resolution>(rank / 256), static_cast<Origin>(rank % 256 / 8), static_cast<Codec>(rank % 8)};
    }
    /// "1080p webdl h264", or "unknown".
    [[nodiscard]] std::string text() const;
    friend bool operator==(const Quality&, const Quality&) = default;
};

[[nodiscard]] Resolution resolution_named(std::string_view word);
[[nodiscard]] Origin origin_named(std::string_view word);
[[nodiscard]] Codec codec_named(std::string_view word);

enum class Fit { yes, no, unknown };

/// "720p-1080p webdl+ h264|h265": what is said of each of the three; nothing said: anything will do.
class QualityWish {
public:
    /// Errors: invalid_argument.
    static Result<QualityWish> parse(std::string_view text);

    /// Unknown when nothing speaks against it, but something that is wanted is not known.
    [[nodiscard]] Fit fit(const Quality& quality) const;
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    Result<void> take(std::string_view term);

    std::string text_;
    std::uint32_t resolutions_ = 0; // a bit for each that will do; 0: any
    std::uint32_t origins_ = 0;
    std::uint32_t codecs_ = 0;
};

} // namespace shoal::feed_rules
