#include "outbound/guard.h"
