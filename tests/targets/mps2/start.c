/* Starts a program without an operating system on the machines mps2-an386 (Cortex-M4) and mps2-an500 (Cortex-M7) of
 * QEMU. The program reaches the outside by Arm's semihosting: arguments, putchar and the exit status. When main
 * returns, a line reports how deep the stack was. */
#include <stddef.h>
#include <stdint.h>

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[]; /* from mps2.ld */

int main(int argc, char **argv);
int putchar(int c);
void reset(void);

enum operation { sys_writec = 0x03, sys_get_cmdline = 0x15, sys_exit_extended = 0x20 };

static int semihost(enum operation operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

int putchar(int c)
{
    const char byte = (char)c;
    semihost(sys_writec, &byte);
    return c;
}

static void print(const char *text)
{
    while (*text != '\0') putchar((unsigned char)*text++);
}

static void print_number(size_t number)
{
    char digits[11];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    print(digits + at);
}

/* The words of the command line that QEMU was given; the first is the program. */
static int arguments(char **argv, size_t most)
{
    static char line[128];
    struct {
        char *line;
        size_t size;
    } block = {line, sizeof line};
    size_t argc = 0;
    char *at = line;
    if (semihost(sys_get_cmdline, &block) != 0) return 0;
    while (*at != '\0' && argc < most) {
        argv[argc++] = at;
        while (*at != '\0' && *at != ' ') ++at;
        while (*at == ' ') *at++ = '\0';
    }
    return (int)argc;
}

static const uint32_t paint = 0x5a5aa5a5;

static void start(void)
{
    char *argv[4] = {NULL, NULL, NULL, NULL};
    uint32_t *here = (uint32_t *)__builtin_frame_address(0), *at;
    uint32_t result[2] = {0x20026, 0}; /* ADP_Stopped_ApplicationExit, the status */
    const int argc = arguments(argv, 4);
    for (at = bss_end; at < here - 24; ++at) *at = paint; /* 24: this function's own use below its frame */
    result[1] = (uint32_t)main(argc, argv);
    for (at = bss_end; *at == paint; ++at) continue;
    print("stack: ");
    print_number((size_t)(here - at) * sizeof *at);
    print(" bytes\n");
    semihost(sys_exit_extended, result);
    for (;;) continue;
}

void reset(void)
{
    const uint32_t *from = data_load;
    uint32_t *to;
    *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20; /* CPACR: coprocessors 10 and 11, the FPU */
    __asm__ volatile("dsb\n isb");
    for (to = data_start; to < data_end; ++to) *to = *from++;
    for (to = bss_start; to < bss_end; ++to) *to = 0;
    start();
}

static void fault(void)
{
    static const uint32_t result[2] = {0x20026, 99};
    semihost(sys_exit_extended, result);
    for (;;) continue;
}

/* The first words of the flash: NMI and hard fault, which all other faults become, end the program. */
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*reset)(void), (*nmi)(void), (*hard_fault)(void);
} vectors = {stack_top, reset, fault, fault};
