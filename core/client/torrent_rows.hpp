#pragma once

#include "control/schema.hpp"

#include <vector>

// What torrent_report.hpp puts into the maps of an answer, one line a field. A filter may ask for these and no others, and the reference
// lists them; required are those that are always there.
namespace shoal::client {

const std::vector<control::Field>& torrent_rows();
const std::vector<control::Field>& file_rows();
const std::vector<control::Field>& peer_rows();
const std::vector<control::Field>& tracker_rows();

}  // namespace shoal::client
