# Three telephones ring. Of c1 the others are told to be released a second after the answer, of c2 within its
# second: they lost a race and declined nothing. Of c3 cid refuses before, which is a decline.
10:00:00 c1 visit.queued queue=q
10:00:01 c1 offer.made agent=ana team=t +id=1-ana
10:00:01 c1 offer.made agent=ben team=t +id=1-ben
10:00:01 c1 offer.made agent=cid team=t +id=1-cid
10:00:06 c1 visit.answered agent=ben team=t
10:00:07 c1 offer.declined agent=ana team=t reason=lost_race +id=1-ana-lost
10:00:07 c1 offer.declined agent=cid team=t reason=lost_race +id=1-cid-lost
10:01:00 c2 visit.queued queue=q
10:01:01 c2 offer.made agent=ana team=t +id=2-ana
10:01:01 c2 offer.made agent=ben team=t +id=2-ben
10:01:01 c2 offer.made agent=cid team=t +id=2-cid
10:01:06 c2 visit.answered agent=ana team=t
10:01:06 c2 offer.declined agent=ben team=t reason=answered_elsewhere +id=2-ben-lost
10:01:06 c2 offer.declined agent=cid team=t reason=answered_elsewhere +id=2-cid-lost
10:02:00 c3 visit.queued queue=q
10:02:01 c3 offer.made agent=ana team=t +id=3-ana
10:02:01 c3 offer.made agent=cid team=t +id=3-cid
10:02:03 c3 offer.declined agent=cid team=t reason=rejected
10:02:06 c3 visit.answered agent=ana team=t

as of 10:10:00
team t 60m.offers_made 8
team t 60m.offers_answered 3
team t 60m.offers_declined 1             # cid, of c3
team t 60m.offers_abandoned 0
queue q totals.answered 3
# A matter of judgement: whoever lost a race is as little at fault as one whose customer hung up, so the answer
# rate leaves out these offers: 3 answered of the 4 that an agent could have answered.
team t 60m.offers_answered_ratio 3/4
