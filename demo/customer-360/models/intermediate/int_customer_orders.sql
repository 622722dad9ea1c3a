with per_customer as (
    select
        customer_id,
        count(*) filter (status = 'paid') as orders,
        count(*) filter (status = 'refunded') as refunds,
        count(*) filter (status = 'failed') as failed_payments,
        coalesce(sum(amount_eur) filter (status = 'paid'), 0) as net_eur,
        min(occurred_at) filter (status = 'paid') as first_order_at,
        max(occurred_at) filter (status = 'paid') as last_order_at
    from {{ ref('stg_transactions') }}
    where customer_id is not null
    group by customer_id
),

-- the category bought most often; of several, the first by name
favourites as (
    select customer_id, category
    from {{ ref('stg_transactions') }}
    where customer_id is not null and status = 'paid'
    group by customer_id, category
    qualify row_number() over (partition by customer_id order by count(*) desc, category) = 1
)

select
    customers.customer_id,
    cast(coalesce(per_customer.orders, 0) as integer) as orders,
    cast(coalesce(per_customer.refunds, 0) as integer) as refunds,
    cast(coalesce(per_customer.failed_payments, 0) as integer) as failed_payments,
    cast(coalesce(per_customer.net_eur, 0) as decimal(14, 2)) as net_eur,
    cast(per_customer.net_eur / nullif(per_customer.orders, 0) as decimal(14, 2)) as average_order_eur,
    favourites.category as favourite_category,
    per_customer.first_order_at,
    per_customer.last_order_at
from {{ ref('stg_crm_customers') }} as customers
left join per_customer on customers.customer_id = per_customer.customer_id
left join favourites on customers.customer_id = favourites.customer_id
