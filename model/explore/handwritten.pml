/* The connection lifecycle of RFC 9293 as one writes it by hand for Spin: two processes, two channels, states as mtype,
 * sequence numbers as bytes. It serves the benchmark only, as a model of the usual kind. It leaves out: windows and
 * options, challenge ACKs and RST by the letter of RFC 5961, held text behind a gap, delayed and combined
 * acknowledgments, RECEIVE and ABORT, user timeouts, and CLOSE with text still queued. An answer for which the channel
 * has no room is dropped. A segment is retransmitted when nothing is under way.
 *
 *     spin -a handwritten.pml && cc -O2 -DSAFETY -DNOREDUCE -o pan pan.c && ./pan -E -m100000
 */
mtype = { CLOSED, LISTEN, SYN_SENT, SYN_RECEIVED, ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, CLOSING, LAST_ACK,
          TIME_WAIT };
mtype = { SYN, SYN_ACK, ACK, TEXT, FIN, RST };

#define OCTETS 3

chan way[2] = [3] of { mtype, byte, byte };  /* by receiver; SEG.SEQ, SEG.ACK */
mtype state[2] = CLOSED;
byte losses = 1;
byte duplicates = 2;

#define mine state[me]
#define peers state[1 - me]
#define in way[me]
#define out way[1 - me]
#define iss (10 + 20 * me)

inline answer(what, number, acknowledged)
{
    if
    :: nfull(out) -> out!what(number, acknowledged)
    :: full(out) -> skip
    fi
}

inline forget()
{
    mine = CLOSED; una = 0; nxt = 0; expected = 0; fin_left = 0
}

inline take()
{
    if
    :: mine == CLOSED ->
        if
        :: kind != RST -> answer(RST, ack, seq + 1)
        :: else -> skip
        fi
    :: mine == LISTEN ->
        if
        :: kind == SYN ->
            expected = seq + 1; una = iss; nxt = iss + 1; mine = SYN_RECEIVED; answer(SYN_ACK, iss, expected)
        :: kind == SYN_ACK || kind == ACK || kind == TEXT || kind == FIN -> answer(RST, ack, 0)
        :: else -> skip
        fi
    :: mine == SYN_SENT ->
        if
        :: kind == SYN_ACK && ack == nxt ->
            expected = seq + 1; una = ack; mine = ESTABLISHED; answer(ACK, nxt, expected)
        :: kind == SYN -> expected = seq + 1; mine = SYN_RECEIVED; answer(SYN_ACK, iss, expected)
        :: kind == RST && ack == nxt -> forget()
        :: kind != SYN && kind != RST && ack != nxt -> answer(RST, ack, 0)
        :: else -> skip
        fi
    :: else ->
        if
        :: kind == RST && seq == expected -> forget()
        :: kind == RST && seq != expected -> skip
        :: mine == SYN_RECEIVED && kind == SYN_ACK && seq + 1 == expected && ack == nxt ->  /* simultaneous open */
            una = ack; mine = ESTABLISHED
        :: kind != RST && seq != expected &&
           !(mine == SYN_RECEIVED && kind == SYN_ACK && seq + 1 == expected && ack == nxt) ->
            answer(ACK, nxt, expected)
        :: kind != RST && seq == expected ->
            if
            :: ack > una && ack <= nxt -> una = ack
            :: else -> skip
            fi;
            if
            :: una != nxt -> skip
            :: una == nxt && mine == SYN_RECEIVED -> mine = ESTABLISHED
            :: una == nxt && mine == FIN_WAIT_1 -> mine = FIN_WAIT_2
            :: una == nxt && mine == CLOSING -> mine = TIME_WAIT
            :: una == nxt && mine == LAST_ACK -> forget()
            :: else -> skip
            fi;
            if
            :: mine == CLOSED -> skip
            :: mine != CLOSED && kind == TEXT -> expected++; answer(ACK, nxt, expected)
            :: mine != CLOSED && kind == FIN ->
                expected++;
                if
                :: mine == SYN_RECEIVED || mine == ESTABLISHED -> mine = CLOSE_WAIT
                :: mine == FIN_WAIT_1 -> mine = CLOSING
                :: mine == FIN_WAIT_2 -> mine = TIME_WAIT
                :: else -> skip
                fi;
                answer(ACK, nxt, expected)
            :: else -> skip
            fi
        fi
    fi;
    kind = 0; seq = 0; ack = 0
}

proctype end(bit me)
{
    byte una, nxt, expected;
    byte octets = OCTETS;
    bit opened, fin_left;
    mtype kind;
    byte seq, ack;

    do
    /* The user. */
    :: d_step { mine == CLOSED && !opened -> opened = 1; mine = LISTEN }
    :: d_step { mine == CLOSED && !opened && nfull(out) ->
                opened = 1; mine = SYN_SENT; una = iss; nxt = iss + 1; out!SYN(iss, 0) }
    :: d_step { (mine == ESTABLISHED || mine == CLOSE_WAIT) && octets > 0 && nfull(out) ->
                octets--; out!TEXT(nxt, expected); nxt++ }
    :: d_step { (mine == ESTABLISHED || mine == SYN_RECEIVED) && nfull(out) ->
                mine = FIN_WAIT_1; fin_left = 1; out!FIN(nxt, expected); nxt++ }
    :: d_step { mine == CLOSE_WAIT && nfull(out) ->
                mine = LAST_ACK; fin_left = 1; out!FIN(nxt, expected); nxt++ }
    :: d_step { mine == LISTEN || mine == SYN_SENT -> forget() }
    /* Time. */
    :: d_step { una != nxt && empty(in) && empty(out) ->
                if
                :: una == iss && mine == SYN_SENT -> out!SYN(una, 0)
                :: una == iss && mine != SYN_SENT -> out!SYN_ACK(una, expected)
                :: una != iss && fin_left && una + 1 == nxt -> out!FIN(una, expected)
                :: else -> out!TEXT(una, expected)
                fi }
    :: d_step { mine == TIME_WAIT && empty(in) && empty(out) && peers != FIN_WAIT_1 && peers != CLOSING &&
                peers != LAST_ACK -> forget() }
    /* The network. */
    :: d_step { nempty(in) -> in?kind(seq, ack); take() }
    :: d_step { nempty(in) && duplicates > 0 -> duplicates--; in?<kind, seq, ack>; take() }
    :: d_step { nempty(in) && losses > 0 -> losses--; in?kind(seq, ack); kind = 0; seq = 0; ack = 0 }
    od
}

init { atomic { run end(0); run end(1) } }
