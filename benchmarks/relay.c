/* A relay that stands for the distance to a DNS server: it gives each reply a fixed delay, by UDP and by TCP, and counts.
 *
 *   relay DELAY_MS LISTEN=UPSTREAM[/r] ...        addresses of port 53; /r: play a resolver (clear AA, set RA)
 *
 * By UDP a question waits one delay. By TCP the handshake is one round trip and each message another (RFC 7766), so the
 * first bytes of a connection are read one delay late. As the delay is the same for all, what waits is a queue, and the
 * relay sleeps until its head is due, rounded up to a quarter of a millisecond so that replies leave in batches.
 * A line on standard input is answered by one line of counters; at its end the relay ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ROUTES 8
#define SLOTS 65536
#define BATCH 64
#define PACKET 4096
#define CONNECTIONS 8192
#define EVENTS 64
#define ROUNDED_NS 250000ull

enum kind { CONTROL, LISTEN_UDP, REPLY_UDP, LISTEN_TCP, CLIENT, SERVER };
enum waits { DATAGRAM, OPENING, BYTES, CLOSING };

struct slot { struct sockaddr_in from; uint16_t id; uint8_t used; };
struct route { int udp, up, tcp, resolver; struct sockaddr_in upstream; struct slot *slots; uint16_t next; };
struct connection { int client, server; uint32_t age, opened; };
struct due {
    struct due *next;
    uint64_t at;
    enum waits waits;
    uint32_t route, connection, age;
    struct sockaddr_in to;
    int length;
    uint8_t data[PACKET];
};

static struct route routes[ROUTES];
static struct connection connections[CONNECTIONS];
static uint32_t n_routes, free_list[CONNECTIONS], n_free;
static struct due *head, **tail = &head, *spare;
static uint64_t delay, udp_in, udp_out, tcp_in, tcp_out, lost;
static int ep;

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void die(const char *why) { perror(why); exit(1); }

static void watch(int fd, enum kind kind, uint32_t number) {
    struct epoll_event e = {.events = EPOLLIN, .data.u64 = (uint64_t)kind << 32 | number};
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) && errno != EEXIST) die("epoll_ctl");
}

static int sock(int type) {
    int s = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), size = 16 << 20, one = 1;
    if (s < 0) die("socket");
    if (type == SOCK_DGRAM) {  /* FORCE needs root; without it the kernel's own limit holds */
        if (setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size)) setsockopt(s, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        if (setsockopt(s, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size)) setsockopt(s, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    } else setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    return s;
}

static struct sockaddr_in at53(const char *address) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(53)};
    if (inet_pton(AF_INET, address, &a.sin_addr) != 1) { fprintf(stderr, "relay: %s is no address\n", address); exit(2); }
    return a;
}

static void open_route(char *text) {
    char *upstream = strchr(text, '='), *flag;
    if (!upstream || n_routes == ROUTES) { fprintf(stderr, "relay: %s is no route\n", text); exit(2); }
    *upstream++ = 0;
    struct route *r = &routes[n_routes];
    if ((flag = strchr(upstream, '/'))) { *flag = 0; r->resolver = 1; }
    struct sockaddr_in here = at53(text);
    r->upstream = at53(upstream);
    r->slots = calloc(SLOTS, sizeof *r->slots);
    r->udp = sock(SOCK_DGRAM); r->up = sock(SOCK_DGRAM); r->tcp = sock(SOCK_STREAM);
    if (bind(r->udp, (void *)&here, sizeof here) || bind(r->tcp, (void *)&here, sizeof here)) die(text);
    if (connect(r->up, (void *)&r->upstream, sizeof r->upstream) || listen(r->tcp, 512)) die(text);
    watch(r->udp, LISTEN_UDP, n_routes); watch(r->up, REPLY_UDP, n_routes); watch(r->tcp, LISTEN_TCP, n_routes);
    n_routes++;
}

static struct due *later(enum waits waits, uint64_t now) {
    struct due *d = spare;
    if (d) spare = d->next; else if (!(d = malloc(sizeof *d))) die("malloc");
    d->next = 0; d->waits = waits; d->length = 0;
    d->at = (now + delay + ROUNDED_NS - 1) / ROUNDED_NS * ROUNDED_NS;
    *tail = d; tail = &d->next;
    return d;
}

static void play_resolver(uint8_t *reply, int length) {
    if (length > 3) { reply[2] &= (uint8_t)~0x04; reply[3] |= 0x80; }
}

static void questions(uint32_t number) {
    static uint8_t data[BATCH][PACKET];
    struct sockaddr_in from[BATCH];
    struct mmsghdr m[BATCH];
    struct iovec io[BATCH];
    struct route *r = &routes[number];
    memset(m, 0, sizeof m);
    for (int i = 0; i < BATCH; i++) {
        io[i] = (struct iovec){data[i], PACKET};
        m[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &io[i], .msg_iovlen = 1};
    }
    int n = recvmmsg(r->udp, m, BATCH, MSG_DONTWAIT, 0);
    for (int i = 0; i < n; i++) {
        struct slot *s = &r->slots[r->next];
        udp_in++;
        lost += s->used;
        memcpy(&s->id, data[i], 2); s->from = from[i]; s->used = 1;
        memcpy(data[i], &r->next, 2); r->next++;
        io[i].iov_len = m[i].msg_len; m[i].msg_hdr.msg_name = 0; m[i].msg_hdr.msg_namelen = 0;
    }
    for (int sent = 0; sent < n;) {
        int k = sendmmsg(r->up, m + sent, (unsigned)(n - sent), 0);
        if (k < 0) { lost++; k = 1; }
        sent += k;
    }
}

static void replies(uint32_t number) {
    static uint8_t data[BATCH][PACKET];
    struct mmsghdr m[BATCH];
    struct iovec io[BATCH];
    struct route *r = &routes[number];
    memset(m, 0, sizeof m);
    for (int i = 0; i < BATCH; i++) { io[i] = (struct iovec){data[i], PACKET}; m[i].msg_hdr = (struct msghdr){.msg_iov = &io[i], .msg_iovlen = 1}; }
    int n = recvmmsg(r->up, m, BATCH, MSG_DONTWAIT, 0);
    uint64_t now = now_ns();
    for (int i = 0; i < n; i++) {
        uint16_t id;
        memcpy(&id, data[i], 2);
        struct slot *s = &r->slots[id];
        if (!s->used) continue;
        s->used = 0;
        struct due *d = later(DATAGRAM, now);
        d->route = number; d->to = s->from; d->length = (int)m[i].msg_len;
        memcpy(d->data, data[i], m[i].msg_len);
        memcpy(d->data, &s->id, 2);
        if (r->resolver) play_resolver(d->data, d->length);
    }
}

static void end(uint32_t number) {
    struct connection *c = &connections[number];
    if (c->client >= 0) close(c->client);
    if (c->server >= 0) close(c->server);
    c->client = c->server = -1;
    c->age++;
    free_list[n_free++] = number;
}

static void accepted(uint32_t route) {
    int fd = accept4(routes[route].tcp, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (!n_free) { close(fd); lost++; return; }
    uint32_t number = free_list[--n_free];
    struct connection *c = &connections[number];
    c->client = fd; c->opened = route; c->server = sock(SOCK_STREAM);
    if (connect(c->server, (void *)&routes[route].upstream, sizeof(struct sockaddr_in)) && errno != EINPROGRESS) { end(number); lost++; return; }
    struct due *d = later(OPENING, now_ns());
    d->connection = number; d->age = c->age;
}

static void from_client(uint32_t number) {
    uint8_t data[PACKET];
    struct connection *c = &connections[number];
    ssize_t n = read(c->client, data, sizeof data);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) { end(number); return; }
    tcp_in++;
    if (write(c->server, data, (size_t)n) != n) { lost++; end(number); }
}

static void from_server(uint32_t number) {
    struct connection *c = &connections[number];
    struct due *d = later(BYTES, now_ns());
    ssize_t n = read(c->server, d->data, PACKET);
    d->connection = number; d->age = c->age; d->route = c->opened;
    if (n > 0) { d->length = (int)n; return; }
    d->waits = CLOSING;  /* also what is not ready: NSD closes nothing that we keep open */
    epoll_ctl(ep, EPOLL_CTL_DEL, c->server, 0);
}

static void depart(uint64_t now) {
    struct mmsghdr m[BATCH];
    struct iovec io[BATCH];
    struct due *batch[BATCH];
    while (head && head->at <= now) {
        uint32_t route = head->route;
        int n = 0;
        memset(m, 0, sizeof m);
        while (n < BATCH && head && head->at <= now && head->waits == DATAGRAM && (n == 0 || head->route == route)) {
            struct due *d = head;
            route = d->route;
            head = d->next; if (!head) tail = &head;
            io[n] = (struct iovec){d->data, (size_t)d->length};
            m[n].msg_hdr = (struct msghdr){.msg_name = &d->to, .msg_namelen = sizeof d->to, .msg_iov = &io[n], .msg_iovlen = 1};
            batch[n++] = d;
        }
        for (int sent = 0; sent < n;) {
            int k = sendmmsg(routes[route].udp, m + sent, (unsigned)(n - sent), 0);
            if (k < 0) { k = 1; lost++; } else udp_out += (uint64_t)k;
            sent += k;
        }
        for (int i = 0; i < n; i++) { batch[i]->next = spare; spare = batch[i]; }
        if (n) continue;
        struct due *d = head;
        struct connection *c = &connections[d->connection];
        head = d->next; if (!head) tail = &head;
        if (c->age == d->age) {
            if (d->waits == OPENING) { watch(c->client, CLIENT, d->connection); watch(c->server, SERVER, d->connection); }
            else if (d->waits == CLOSING) end(d->connection);
            else if (write(c->client, d->data, (size_t)d->length) != d->length) { lost++; end(d->connection); }
            else tcp_out++;
        }
        d->next = spare; spare = d;
    }
}

static void report(void) {
    char line[64];
    struct rusage u;
    if (read(0, line, sizeof line) <= 0) exit(0);
    getrusage(RUSAGE_SELF, &u);
    printf("%lu %lu %lu %lu %lu %.6f\n", udp_in, udp_out, tcp_in, tcp_out, lost,
           (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc < 3) { fprintf(stderr, "usage: relay DELAY_MS LISTEN=UPSTREAM[/r] ...\n"); return 2; }
    delay = (uint64_t)(atof(argv[1]) * 1e6);
    ep = epoll_create1(EPOLL_CLOEXEC);
    for (uint32_t i = 0; i < CONNECTIONS; i++) { connections[i].client = connections[i].server = -1; free_list[n_free++] = i; }
    for (int i = 2; i < argc; i++) open_route(argv[i]);
    watch(0, CONTROL, 0);
    printf("ready\n"); fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        struct timespec wait = {0}, *how_long = 0;
        if (head) {
            uint64_t now = now_ns();
            uint64_t left = head->at > now ? head->at - now : 0;
            wait.tv_sec = (time_t)(left / 1000000000ull); wait.tv_nsec = (long)(left % 1000000000ull);
            how_long = &wait;
        }
        int n = epoll_pwait2(ep, events, EVENTS, how_long, 0);
        if (n < 0 && errno != EINTR) die("epoll");
        for (int i = 0; i < n; i++) {
            enum kind kind = (enum kind)(events[i].data.u64 >> 32);
            uint32_t number = (uint32_t)events[i].data.u64;
            if (kind == CONTROL) report();
            else if (kind == LISTEN_UDP) questions(number);
            else if (kind == REPLY_UDP) replies(number);
            else if (kind == LISTEN_TCP) accepted(number);
            else if (kind == CLIENT && connections[number].client >= 0) from_client(number);
            else if (kind == SERVER && connections[number].server >= 0) from_server(number);
        }
        depart(now_ns());
    }
}
