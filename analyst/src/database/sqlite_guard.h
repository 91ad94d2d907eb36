// database/sqlite_guard.h - what a statement over a user's database may do: read.
//
// One of three walls: the file is opened read-only, the connection refuses writes by itself, and every action that a
// statement would take is asked about here while it is prepared. What is not on the list is refused, so that a function or
// a statement of a later SQLite is not allowed before somebody looked at it.
#pragma once

struct sqlite3;

namespace analyst {

// Switches off what a reader does not need, lowers SQLite's limits and sets the pragmas. Throws Error(database).
void harden(sqlite3* connection);

// From now on the connection prepares only SELECTs over tables and views of its own, with functions that compute. Virtual
// tables are not among them: they run code of their own, and to connect one is to define a table.
void allow_reads_only(sqlite3* connection);

}  // namespace analyst
