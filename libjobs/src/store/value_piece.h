// store/value_piece.h - a part of one large value, without reading the rest of it into memory.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace jobs::store {

// Bytes `offset` to `offset + size` of a TEXT or BLOB, fewer at its end, none behind it. SQL's substr() would load the whole value, and
// counts the characters of a TEXT. SQLite walks the value's pages up to `offset`, so a whole value read in pieces costs more
// than in one; the memory is what it saves. Throws SQLite::Exception, also when there is no such row.
std::string value_piece(SQLite::Database& database, const char* table, const char* column, std::int64_t row,
                        std::size_t offset, std::size_t size);

}  // namespace jobs::store
