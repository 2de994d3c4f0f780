// Bencode (BEP 3): Document reads, Writer writes.
#pragma once

#include <shoal/bencode/document.hpp>
#include <shoal/bencode/writer.hpp>
