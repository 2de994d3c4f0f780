#pragma once

#include "environment/environment.hpp"
#include "host/instance.hpp"
#include "host/library.hpp"
#include "host/manifest.hpp"

#include <shoal/abi/extension.h>
#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shoal::torrent::test {

// An extension plug-in that writes down what it is told and acts when the test says so. One instance each.
class ScriptedExtension {
public:
    explicit ScriptedExtension(std::string message, std::uint32_t flags = 0, bool listens_to_traffic = true)
        : message_(std::move(message))
    {
        auto manifest = host::parse_manifest(
            R"({ "id": "org.example.extension.scripted", "version": "1", "license": "MIT", "summary": "scripted",
                 "abi": { "major": 1, "minor": 0 }, "requires": [ "shoal.host.extension/1" ],
                 "provides": [ { "kind": "shoal.extension/1", "name": "scripted", "scope": "torrent" } ] })");
        REQUIRE(manifest);
        manifest_ = std::move(*manifest);
        const shoal_extension_v1 table{sizeof table, flags, to_abi(std::string_view(message_)), on_peer, on_message, on_gone,
                                       listens_to_traffic ? on_traffic : nullptr};
        const shoal_factory factory{
            sizeof factory, 0, to_abi(SHOAL_KIND_EXTENSION), to_abi("scripted"), &table, create, nullptr, destroy};
        const shoal_factory* const factories[] = {&factory};
        const shoal_plugin descriptor{sizeof descriptor, 0, to_abi(manifest_.text), factories, 1, 0};
        auto library = host::Library::adopt(&descriptor, manifest_, "scripted");
        REQUIRE(library);
        library_ = std::move(*library);
    }

    Result<std::unique_ptr<host::Instance>> make(environment::Environment& environment, host::ExtensionSink& sink,
                                                 host::TorrentSource* torrent = nullptr)
    {
        current() = this;
        auto made = host::Instance::create(*library_->factories().front(), {.environment = environment,
                                                                            .torrent = torrent,
                                                                            .extension = &sink,
                                                                            .random = RandomStream(1, 1)});
        if (made) instance_ = made->get();
        return made;
    }

    // Acts as the plug-in: calls one function of the service.
    template <class... Given>
    shoal_status ask(shoal_status (*shoal_host_extension_v1::*function)(const shoal_host*, Given...),
                     std::type_identity_t<Given>... given)
    {
        return instance_->call("act", [&] { return (service_->*function)(host_, given...); });
    }
    void err() { instance_->strike("act", "the test says so"); }

    std::vector<std::string> told;  // "peer 1", "message 1 hello", "gone 1"
    std::vector<shoal_peer_view> views;
    std::vector<shoal_peer_traffic> traffic;

private:
    static ScriptedExtension*& current()
    {
        static ScriptedExtension* extension = nullptr;
        return extension;
    }
    static ScriptedExtension& of(void* self) { return *static_cast<ScriptedExtension*>(self); }

    static shoal_status create(const shoal_host* host, void** self)
    {
        auto& extension = *current();
        extension.host_ = host;
        extension.service_ =
            static_cast<const shoal_host_extension_v1*>(host->service(host, to_abi(SHOAL_SERVICE_EXTENSION)));
        *self = &extension;
        return SHOAL_OK;
    }
    static void destroy(void*) {}
    static void on_peer(void* self, const shoal_peer_view* view)
    {
        of(self).told.push_back("peer " + std::to_string(view->peer));
        of(self).views.push_back(*view);
    }
    static void on_message(void* self, std::uint64_t peer, shoal_bytes payload)
    {
        of(self).told.push_back("message " + std::to_string(peer) + " " + std::string(as_text(from_abi(payload))));
    }
    static void on_gone(void* self, std::uint64_t peer) { of(self).told.push_back("gone " + std::to_string(peer)); }
    static void on_traffic(void* self, const shoal_peer_traffic* traffic) { of(self).traffic.push_back(*traffic); }

    std::string message_;
    host::Manifest manifest_;
    std::unique_ptr<host::Library> library_;
    host::Instance* instance_ = nullptr;
    const shoal_host* host_ = nullptr;
    const shoal_host_extension_v1* service_ = nullptr;
};

}  // namespace shoal::torrent::test
