/* SPDX-License-Identifier: MIT */
#include "base/id.h"
