#include "nib/status.h"

const char* nib_status_string(nib_status status)
{
    switch (status) {
    case NIB_OK:
        return "ok";
    case NIB_ERR_INVALID_ARGUMENT:
        return "invalid argument";
    case NIB_ERR_NO_MEMORY:
        return "out of memory";
    case NIB_ERR_IO:
        return "input/output error";
    case NIB_ERR_FORMAT:
        return "not a valid model file";
    case NIB_ERR_DATA:
        return "not usable as a data set";
    case NIB_ERR_MISMATCH:
        return "two things that must fit do not";
    case NIB_ERR_DIVERGED:
        return "training diverged";
    case NIB_ERR_UNSUPPORTED:
        return "not supported by this processor or build";
    case NIB_ERR_STATE:
        return "not possible in this state";
    case NIB_ERR_WORKSPACE:
        return "workspace too small or misaligned";
    case NIB_ERR_INTERNAL:
        return "internal error";
    case NIB_ERR_COMMUNICATION:
        return "communication between ranks failed";
    }
    return "unknown status";
}
