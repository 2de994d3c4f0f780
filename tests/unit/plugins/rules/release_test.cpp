#include "release.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace shoal::feed_rules::test {
namespace {

struct Titled {
    std::string_view title;
    std::string_view identity;
    std::string_view quality = "unknown";
    std::string_view group = "";
    int revision = 0;
    std::string_view languages = "unknown";
};

// All invented.
constexpr Titled titles[] = {
    // Season and episode
    {"Field.Notes.S01E02.720p.WEB-DL.H.264-QUILL", "field notes/s01e02", "720p webdl h264", "quill"},
    {"Field Notes - 1x02 - The Beginning [HDTV]", "field notes/s01e02", "hdtv"},
    {"field_notes_s1e2_hdtv_x264-lamp", "field notes/s01e02", "hdtv h264", "lamp"},
    {"Field Notes S01 E02 1080p WEBRip", "field notes/s01e02", "1080p webrip"},
    {"Field Notes S01.EP02 1080p", "field notes/s01e02", "1080p"},
    {"Field.Notes.S02E05-E07.1080p.WEBRip.x265-OAK", "field notes/s02e05-07", "1080p webrip h265", "oak"},
    {"Field.Notes.S02E05-07.1080p.WEBRip.x265-OAK", "field notes/s02e05-07", "1080p webrip h265", "oak"},
    {"Field.Notes.S02E05E06.PROPER.1080p.BluRay.AVC-OAK", "field notes/s02e05-06", "1080p bluray h264", "oak", 1},
    {"Field.Notes.1x02-03.720p.HDTV", "field notes/s01e02-03", "720p hdtv"},
    {"Field.Notes.S01E102.720p.HDTV.x264-LAMP", "field notes/s01e102", "720p hdtv h264", "lamp"},
    {"Field.Notes.S00E01.Special.480p", "field notes/s00e01", "480p"},
    {"Field.Notes.2019.S01E01.720p.HDTV.x264-QUILL", "field notes/s01e01", "720p hdtv h264", "quill"},
    {"Field Notes (2019) - S01E01 - 720p", "field notes/s01e01", "720p"},
    {"24.Lanterns.S08E01.720p", "24 lanterns/s08e01", "720p"},
    {"1923.S01E01.1080p", "1923/s01e01", "1080p"},
    {"Harbour 24 1x05", "harbour 24/s01e05"},
    {"Field Notes S01E02 (1080p AMZN WEB-DL x265 10bit Quill)", "field notes/s01e02", "1080p webdl h265"},
    {"Field.Notes.S01E02.1080p.WEB.h264-QUILL[tag].mkv", "field notes/s01e02", "1080p webdl h264", "quill"},
    {"[ www.Tracker.example ] - Field Notes S01E04 480p", "field notes/s01e04", "480p"},
    {"Bob's Burrow S04E01 The French Letter 720p WEB-DL", "bobs burrow/s04e01", "720p webdl"},
    {"Bob\xe2\x80\x99s Burrow S04E01", "bobs burrow/s04e01"},
    {"Rock & Roll Diary S01E01", "rock and roll diary/s01e01"},
    {"Web of Lies S01E01 WEB h264-GRP", "web of lies/s01e01", "webdl h264", "grp"},
    {"The Cam Show S01E01 720p HDTV", "the cam show/s01e01", "720p hdtv"},
    {"\xc3\x89t\xc3\xa9 \xc3\xa0 Lyon S01E01 1080p", "\xc3\xa9t\xc3\xa9 \xc3\xa0 lyon/s01e01", "1080p"},
    {"\xd0\x9f\xd0\xbe\xd0\xbb\xd0\xb5 S01E01 720p", "\xd0\xbf\xd0\xbe\xd0\xbb\xd0\xb5/s01e01", "720p"},
    // Revisions
    {"Field.Notes.S01E02.REPACK.1080p.WEB-DL.H264-OAK", "field notes/s01e02", "1080p webdl h264", "oak", 1},
    {"Field.Notes.S01E02.REPACK2.1080p.WEB-DL", "field notes/s01e02", "1080p webdl", "", 2},
    {"Field.Notes.S01E02.REAL.PROPER.720p.HDTV.x264-LAMP", "field notes/s01e02", "720p hdtv h264", "lamp", 1},
    {"Field.Notes.S01E02.A.Proper.Burial.720p.HDTV.x264-LAMP", "field notes/s01e02", "720p hdtv h264", "lamp"},
    {"[Heron] Paper Lanterns - 12v2 (1080p).mkv", "paper lanterns/#12", "1080p", "heron", 1},
    // Seasons
    {"Field.Notes.S03.COMPLETE.2160p.UHD.BluRay.REMUX.HEVC-FERN", "field notes/s03", "2160p remux h265", "fern"},
    {"Field.Notes.S01-S03.1080p.WEB-DL", "field notes/s01-03", "1080p webdl"},
    {"Field Notes Season 2 1080p Web h264", "field notes/s02", "1080p webdl h264"},
    {"Field Notes Seasons 1-3 720p", "field notes/s01-03", "720p"},
    {"Field Notes Season 2 Episode 3 720p", "field notes/s02e03", "720p"},
    {"Der.Turm.Staffel.2.GERMAN.720p.WEB", "der turm/s02", "720p webdl", "", 0, "german"},
    // Counted from the first
    {"[Heron] Paper Lanterns - 12 [1080p][8A3F00C1].mkv", "paper lanterns/#12", "1080p", "heron"},
    {"[Heron] Paper Lanterns S2 - 05 [720p]", "paper lanterns/s02e05", "720p", "heron"},
    {"[Heron][Paper Lanterns][12][1080p].mkv", "paper lanterns/#12", "1080p", "heron"},
    {"[Heron] Paper Lanterns - 01-12 (BD 1080p)", "paper lanterns/#01-12", "1080p bluray", "heron"},
    {"Night Radio #123: On Tides", "night radio/#123"},
    {"Night Radio Episode 45 - The Sea", "night radio/#45"},
    {"Night Radio Ep. 46", "night radio/#46"},
    {"Night Radio E47", "night radio/#47"},
    {"Tides 2of6 720p HDTV", "tides/#02", "720p hdtv"},
    {"Tides (3 of 6) 720p HDTV", "tides/#03", "720p hdtv"},
    // Days
    {"The.Daily.Lantern.2024.01.05.720p.WEB.h264-MOSS", "the daily lantern/2024-01-05", "720p webdl h264", "moss"},
    {"The Daily Lantern 05.01.2024 1080p", "the daily lantern/2024-01-05", "1080p"},
    {"The_Daily_Lantern_2024-01-05_(Evening)", "the daily lantern/2024-01-05"},
    {"The.Daily.Lantern.2024.13.05.720p", "the daily lantern/2024", "720p"},
    // Films
    {"Quiet.Harbour.2021.1080p.BluRay.x264-OAK", "quiet harbour/2021", "1080p bluray h264", "oak"},
    {"Quiet Harbour (2021) [1080p] [WEBRip]", "quiet harbour/2021", "1080p webrip"},
    {"Quiet Harbour (2021)", "quiet harbour/2021"},
    {"2001.A.Long.Walk.1968.720p.BDRip.XviD-OLD", "2001 a long walk/1968", "720p bdrip xvid", "old"},
    {"Quiet.Harbour.2021.MULTi.2160p.WEB-DL.DDP5.1.HDR.H.265-OAK", "quiet harbour/2021", "2160p webdl h265", "oak", 0, "multi"},
    {"Quiet.Harbour.2021.DVDSCR.XviD-LAMP", "quiet harbour/2021", "screener xvid", "lamp"},
    {"Quiet.Harbour.2021.576p.BRRip.AV1-LAMP", "quiet harbour/2021", "576p bdrip av1", "lamp"},
    // Languages
    {"Le.Phare.S01E03.FRENCH.1080p.WEB.H264-LUNE", "le phare/s01e03", "1080p webdl h264", "lune", 0, "french"},
    {"Der.Turm.S01E03.Der.Fall.GERMAN.DL.1080p.BluRay.x264-TURM", "der turm/s01e03", "1080p bluray h264", "turm", 0, "german"},
    {"Der.Turm.S01E03.GERMAN.ENGLISH.720p.WEB", "der turm/s01e03", "720p webdl", "", 0, "english, german"},
    // What is none of these
    {"debian-12.5.0-amd64-netinst.iso", "debian 12 5 0 amd64 netinst iso"},
    {"Quiet Harbour 2021", "quiet harbour 2021"},
    {"Fast.and.Low.1920x1080.mkv", "fast and low 1920x1080 mkv", "1080p"},
    {"S01E01", "s01e01"},
    {"2160p", "2160p"},
    {"", ""},
    {" - ", ""},
    {"[", ""},
    {"[x]", "x"},
    {"((((S01E01", "s01e01"},
};

} // namespace

TEST_CASE("a title says what it is a release of, how good, and by whom", "[rules][release]")
{
    static_assert(std::size(titles) >= 60);
    for (const auto& titled : titles) {
        CAPTURE(titled.title);
        const auto words = words_of(titled.title);
        const auto release = parse_release(titled.title, words);
        CHECK(release.identity(words) == titled.identity);
        CHECK(release.quality.text() == titled.quality);
        CHECK(release.group == titled.group);
        CHECK(release.revision == titled.revision);
        CHECK(language_names(release.languages) == titled.languages);
    }
}

TEST_CASE("a year before an episode belongs to the series", "[rules][release]")
{
    const std::string title = "Field.Notes.2019.S01E01.720p";
    const auto release = parse_release(title, words_of(title));
    CHECK(release.name == "field notes");
    CHECK(release.year == 2019);
    CHECK(release.kind == ReleaseKind::episode);
}

TEST_CASE("any octets are a title", "[rules][release]")
{
    std::uint32_t state = 1;
    for (int round = 0; round < 3000; ++round) {
        std::string title;
        constexpr std::string_view alphabet = "sSeExX0123456789 .-_[]()#&'v\xc3\xa9\xd0\x80\xff";
        for (std::uint32_t i = 0; i < state % 40; ++i) {
            state = state * 1664525 + 1013904223;
            title += alphabet[(state >> 16) % alphabet.size()];
        }
        state = state * 1664525 + 1013904223;
        const auto words = words_of(title);
        const auto release = parse_release(title, words);
        if (release.identity(words).size() > title.size() + 60) FAIL(title);
    }
    SUCCEED("none of them was too much");
}

TEST_CASE("words are found whatever parts them", "[rules][words]")
{
    CHECK(words_of("Field.Notes_S01E02-[720p]").text == " field notes s01e02 720p ");
    CHECK(words_of("\xc3\x84pfel \xe2\x80\x93 \xe2\x80\x9eGr\xc3\x9c\xc3\x9f\x65\xe2\x80\x9c").text == " \xc3\xa4pfel gr\xc3\xbc\xc3\x9f\x65 ");
    CHECK(words_of("").text == " ");
    CHECK(plain_words("  The  Field   Notes ") == "the field notes");
    CHECK(cut("ab\xc3\xa9", 3) == "ab");
    CHECK(cut("ab\xc3\xa9", 4) == "ab\xc3\xa9");
}

} // namespace shoal::feed_rules::test
