#pragma once

#include "client/client.hpp"

namespace shoal::client {

// A torrent as every face shows it; torrent_rows.hpp lists the fields. The cost is that of Torrent::status().
control::Value::Map report_torrent(Client& client, const Entry& entry);

// Its files: index, path, size, done (octets verified), priority. Nothing while the metadata is not known or it does not run.
control::Value::List report_files(Client& client, const Entry& entry);
control::Value::List report_trackers(const Client::Trackers& known);
control::Value::List report_peers(Client& client, const Entry& entry);

// All of them together, and what they share. The longest write latency of those that are being fetched.
control::Value::Map report_session(Client& client);

// What it is doing, in a word: stopped, waiting (in the queue), starting, resolving, checking, downloading, seeding, stopping, failed.
std::string_view state_of(Client& client, const Entry& entry);

}  // namespace shoal::client
