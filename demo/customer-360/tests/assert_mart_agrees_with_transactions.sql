-- No euro of a known customer is lost or counted twice on the way from staging to the mart.
with in_staging as (
    select coalesce(sum(amount_eur) filter (status = 'paid'), 0) as net_eur
    from {{ ref('stg_transactions') }}
    where customer_id is not null
),

in_mart as (
    select sum(net_eur) as net_eur
    from {{ ref('mart_customer_360') }}
)

select in_staging.net_eur as expected, in_mart.net_eur as actual
from in_staging
cross join in_mart
where in_staging.net_eur is distinct from in_mart.net_eur
