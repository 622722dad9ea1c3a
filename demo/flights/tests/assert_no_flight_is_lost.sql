-- Every flight is counted once on its route and once for its airline and day.
with counts as (
    select
        (select count(*) from {{ ref('stg_flights') }}) as flights,
        (select sum(flights) from {{ ref('mart_delays_by_route') }}) as by_route,
        (select sum(flights) from {{ ref('mart_delays_by_carrier_day') }}) as by_carrier_day
)

select flights, by_route, by_carrier_day
from counts
where flights is distinct from by_route or flights is distinct from by_carrier_day
