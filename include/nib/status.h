/*
 * nib/status.h: the status that a call of nib returns. Shared by nib.h and infer.h; C99.
 *
 * The values are part of the ABI: none is ever renumbered or reused, new ones are added at the end.
 */
#ifndef NIB_STATUS_H
#define NIB_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* A function that nib exports; everything else is hidden in a shared library. */
#if defined(_WIN32)
#define NIB_API
#else
#define NIB_API __attribute__((visibility("default")))
#endif

typedef enum nib_status {
    NIB_OK = 0,                   /* done */
    NIB_ERR_INVALID_ARGUMENT = 1, /* an argument is NULL, out of range, or of an unknown kind */
    NIB_ERR_NO_MEMORY = 2,        /* an allocation failed, or stack is short; the objects involved are unchanged */
    NIB_ERR_IO = 3,               /* the system refused to open, read, write, sync or rename */
    NIB_ERR_FORMAT = 4,           /* a model file is damaged, of another kind, or of a later version */
    NIB_ERR_DATA = 5,             /* a text or table is unusable as a data set; the message names file and line */
    NIB_ERR_MISMATCH = 6,         /* two things do not belong together: model and data, checkpoint and options */
    NIB_ERR_DIVERGED = 7,         /* a loss or gradient is not finite */
    NIB_ERR_UNSUPPORTED = 8,      /* this processor or this build cannot do it */
    NIB_ERR_STATE = 9,            /* the handle cannot do this now, for example after its run diverged */
    NIB_ERR_WORKSPACE = 10,       /* the caller's memory is too small or misaligned */
    NIB_ERR_INTERNAL = 11,        /* a bug in nib; please report it with the message */
    NIB_ERR_COMMUNICATION = 12    /* a function of a nib_collective failed: a rank or a link is lost, or too slow */
} nib_status;

/* The status's name and meaning in a few English words. Never NULL; static storage; any thread. */
NIB_API const char *nib_status_string(nib_status status);

#ifdef __cplusplus
}
#endif

#endif
