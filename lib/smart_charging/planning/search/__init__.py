"""The cheapest times to charge one car: what is searched, and why it is exact and quick.

The problem. Time is cut into segments of one price each. Choose times to be on that add up to the time wanted, so that
the sum of price times length, plus a cost per start, is lowest. Segments can be barred, blocks can have a shortest
length, a charge that runs already continues without a start. A segment may be used in part, so time is continuous.

The textbook way cuts time into cells of some minutes and goes through them with the state (time used, on or off): see
`tests/worlds/five_minute_grid.py`, which does that in a few lines and is the tests' oracle. Here a moment is a
microsecond, and a plan for two days has to be there within milliseconds. So the programme goes from segment to segment
instead, and skips what cannot be best.

An example: it is 00:05, 35 minutes are wanted, and prices change every quarter of an hour.

    00:05  00:15     00:30     00:45     01:00     01:15
      |  3   |    1    |    4    |    2    |    5    |
      . . #### ######### . . . . ######### . . . . .
         part    whole             whole

Whole steps and few rests (`moves`). All segments are one step long, here 15 minutes, but the first and the last, which
are what is left of a slot. Were two segments used in part, time could be moved from one to the other; cost changes in
a straight line with that, so one of the two ways is no dearer, until one of them is used wholly or not at all. Hence
some best plan has at most one part. What remains to be charged where a segment begins is then a whole number of steps
plus a rest, and rests are few: while the part is still to come, 5 minutes (35 less two steps) or 10 (35 less the
first segment, less a step); after it none, as only whole steps can follow.

States and moves (`moves`). Where a segment begins, a plan is known by the rest, whether the part is still to come, and
whether it is on; for each such state a table has the cost to go by the number of steps. From there it can wait until
the next segment begins, turn off at once, or charge: the segment whole, its first part or its last, with more whole
segments in between where a block has to be longer. In the example: charge the last part of the first segment, go on
through the second, turn off, wait, charge the fourth. Costs to go are filled in backwards, plans are read forwards.

The bound (`bound`). Only the time wanted ties segments together. Sell charging time back at one price, the multiplier
of that constraint, and two numbers per segment, off and on, hold the cheapest plan; what it costs is a lower bound for
real plans, and forwards and backwards together give one for plans that are off, or on, at any given edge.

The limit (`optimum`). With a limit on the cost, segments in which no plan within it can be on are merged into barred
ones, and tables lose the ends that no such plan can reach; every plan within the limit stays. The limit is what a plan
costs that is soon found (`first_plan`): the relaxed one, its blocks shortened to the time wanted. Where blocks have a
shortest length, it is the bound plus a fraction of a start instead, widened, in the end to infinity, until there is a
plan within it.

Ties (`segments`, `optimum`). Costs are whole numbers, so equal costs are equal. Every start costs a little more than is
asked for, so of equal plans one with the fewest starts wins. Of those, each segment decides when plans are read
forwards: charge now rather than later, or, if it is marked as late, wait.

Sorting (`sorted_fill`). Mostly all this finds the same plan as sorting the segments by price. That is tried first, and
its result is used only where it is certainly the same.

How long it takes. For n segments there are n tables for each of at most 16 states, with at most n costs each, and at
most a dozen moves by which to reach them: n * n in all, of which the limit leaves little. The bound takes n a dozen
times, sorting n * log(n).

What is not exact. With a shortest block, one part is enough only where blocks are whole steps long and the window has
no short segment, or where all is one block. Otherwise plans keep to the rules all the same, but on real prices one in
a hundred costs a few cents more than it might; with blocks of 20 minutes in quarters of an hour one in three. Once in
some thousand windows none is found where there is one.

May lean on nothing.
"""
