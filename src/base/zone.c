/* SPDX-License-Identifier: MIT */
#include "base/civil.h"
