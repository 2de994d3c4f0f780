// Hashes the pieces of files on disk, on several threads at once.
#pragma once

#include "metainfo/create.hpp"
#include "metainfo/walk.hpp"

#include <shoal/bytes.hpp>
#include <shoal/geometry.hpp>
#include <shoal/result.hpp>

#include <string>
#include <vector>

namespace shoal::metainfo {

struct HashJob {
    const std::string& root;
    const std::vector<FoundFile>& files; // file i of the geometry
    const Geometry& geometry;
    unsigned threads = 1;
};

/// The digests one after the other. Errors: not_found, permission_denied, io_error, cancelled.
[[nodiscard]] Result<Bytes> hash_pieces(const HashJob& job, const CreateProgress& progress);

} // namespace shoal::metainfo
