// model/types.h - the type of a dimension that is an expression, as far as its SQL tells.
#pragma once

#include "model/draft.h"

namespace analyst {

// Sets the type of every dimension with "sql" and without "type". In this order: a reference alone has that one's
// type; timeframes mean a timestamp; a format says number or date; arithmetic over numbers is a number; a
// comparison is a boolean; anything else is text.
void infer_types(Draft& draft);

}  // namespace analyst
