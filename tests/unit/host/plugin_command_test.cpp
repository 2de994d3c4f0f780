#include "cli/plugin_command.hpp"

#include <catch2/catch.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <sstream>

#include <unistd.h>

namespace shoal::cli {

namespace {

namespace fs = std::filesystem;
const fs::path plugins = HOST_TEST_PLUGINS;

// Few enough plug-ins to compare the whole output.
struct Shelf {
    Shelf()
    {
        fs::create_directories(folder);
        for (const auto* name : {"good_picker.so", "throws.so", "other_major.so"})
            fs::copy(plugins / name, folder / name);
        registry.scan(folder);
    }
    ~Shelf() { fs::remove_all(folder); }

    fs::path folder = fs::temp_directory_path() / ("shoal-shelf-" + std::to_string(::getpid()));
    host::Registry registry;
};

}  // namespace

TEST_CASE("plugin list shows what there is, and what cannot be used", "[cli]")
{
    Shelf shelf;
    std::ostringstream out;
    CHECK(plugin_list(shelf.registry, false, out) == 0);
    CHECK(out.str()
          == "KIND    NAME    VERSION  STATE      WHAT IT DOES\n"
             "choker  throws  1.0.0    available  for a test\n"
             "picker  good    1.2.3    available  Ranks later pieces higher.\n"
                 + (shelf.folder / "other_major.so").string()
                 + ": incompatible: it needs plug-in ABI 2.0, this is 1.0\n");
}

TEST_CASE("plugin list of an empty folder says which folder", "[cli]")
{
    host::Registry registry;
    std::ostringstream none;
    plugin_list(registry, false, none);
    CHECK(none.str() == "no plug-ins: no plug-in folder was given\n");
    registry.scan("/nowhere/at/all");
    std::ostringstream out;
    CHECK(plugin_list(registry, false, out) == 0);
    CHECK(out.str() == "no plug-ins in /nowhere/at/all\n");
}

TEST_CASE("plugin list as JSON has every file", "[cli]")
{
    Shelf shelf;
    std::ostringstream out;
    CHECK(plugin_list(shelf.registry, true, out) == 0);
    const auto json = boost::json::parse(out.str());
    REQUIRE(json.as_array().size() == 3);
    const auto& good = json.as_array()[0].as_object();
    CHECK(good.at("id").as_string() == "org.example.picker.good");
    CHECK(good.at("state").as_string() == "available");
    CHECK(good.at("provides").as_array()[0].as_object().at("kind").as_string() == "shoal.picker/1");
    CHECK(good.at("settings").as_array()[0].as_object().at("max").to_number<double>() == 9);
    CHECK(json.as_array()[1].as_object().at("state").as_string() == "incompatible");
    CHECK(json.as_array()[1].as_object().contains("id") == false);
}

TEST_CASE("plugin info shows everything a manifest says", "[cli]")
{
    Shelf shelf;
    for (const auto& name : {std::string("good"), std::string("org.example.picker.good"),
                             (shelf.folder / "good_picker.so").string()}) {
        std::ostringstream out;
        std::ostringstream err;
        CHECK(plugin_info(shelf.registry, name, false, out, err) == ExitCode::ok);
        CHECK(out.str()
              == "id           org.example.picker.good\n"
                 "version      1.2.3\n"
                 "licence      MIT\n"
                 "summary      Ranks later pieces higher.\n"
                 "provides     shoal.picker/1 'good' for each torrent\n"
                 "requires     shoal.host.settings/1\n"
                 "permissions  none\n"
                 "ABI          1.0\n"
                 "in the lab   yes\n"
                 "file         "
                     + (shelf.folder / "good_picker.so").string()
                     + "\n"
                       "state        available\n"
                       "settings\n"
                       "  step (int, default 2, at least 1, at most 9)\n"
                       "      How much higher.\n");
    }
}

TEST_CASE("plugin info of a file that cannot be used says why", "[cli]")
{
    Shelf shelf;
    std::ostringstream out;
    std::ostringstream err;
    CHECK(plugin_info(shelf.registry, "other_major", false, out, err) == ExitCode::ok);
    CHECK(out.str().find("because      it needs plug-in ABI 2.0, this is 1.0\n") != std::string::npos);
}

TEST_CASE("plugin info of an unknown name lists what there is and fails", "[cli]")
{
    Shelf shelf;
    std::ostringstream out;
    std::ostringstream err;
    CHECK(plugin_info(shelf.registry, "nobody", false, out, err) == ExitCode::bad_input);
    CHECK(plugin_info(shelf.registry, "nobody", true, out, err) == ExitCode::bad_input);
    CHECK(plugin_info(shelf.registry, "no/body.so", false, out, err) == ExitCode::bad_input);
    CHECK(out.str().empty());
    CHECK(err.str()
          == "shoal: no plug-in named 'nobody'; there are: throws, good\n"
             "shoal: no plug-in named 'nobody'; there are: throws, good\n"
             "shoal: there is no plug-in file no/body.so\n");
}

TEST_CASE("plugin info reads a file that no folder had, by whatever path", "[cli]")
{
    Shelf shelf;
    host::Registry registry;
    for (const auto& path : {shelf.folder / "good_picker.so", shelf.folder / "." / "good_picker.so"}) {
        std::ostringstream out;
        std::ostringstream err;
        CHECK(plugin_info(registry, path.string(), false, out, err) == ExitCode::ok);
        CHECK(out.str().find("org.example.picker.good") != std::string::npos);
    }
    CHECK(registry.list().size() == 1);
}

}  // namespace shoal::cli
